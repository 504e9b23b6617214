/* Text that shrinks to its box: what the function `fit` of templates has marked is set as large as
   its box allows, from the least size that it names to its own. Asked for through the protocol, so
   it works in pages without scripts too.

   The box is the nearest element around the text that is not inline. All boxes are searched in step,
   sizes first and then measures, so that one step is one layout, however many boxes there are. Where
   lines are set tighter than their letters are high, they may stand out by that much. */
(() => {
  const MOST = 1000, STEPS = 10, ROUNDS = 3, TOLERANCE = 1;
  const inline = (element) => /^(inline|contents)$/.test(getComputedStyle(element).display);
  const put = (element, name, value) => element.style.setProperty(name, value, 'important');
  const boxes = new Map();
  for (const text of [...document.querySelectorAll('span[data-platen-fit]')].slice(0, MOST)) {
    let box = text.parentElement;
    while (box && inline(box)) box = box.parentElement;
    if (!box) continue;
    if (boxes.has(box)) boxes.get(box).push(text); else boxes.set(box, [text]);
  }

  // What is turned, scaled or on its way is measured as if it were not, and put back at the end.
  const looked = new Set(), moved = new Map();
  for (let at of boxes.keys()) {
    for (; at && !looked.has(at); at = at.parentElement) {
      looked.add(at);
      const style = getComputedStyle(at);
      if (['transform', 'rotate', 'scale', 'translate'].some((name) => style[name] !== 'none')) {
        moved.set(at, at.style.cssText);
      }
    }
  }
  for (const element of moved.keys()) {
    put(element, 'transition', 'none');
    put(element, 'transform', 'matrix(1, 0, 0, 1, 0, 0)');  // still what its insides are placed by
    for (const name of ['rotate', 'scale', 'translate']) put(element, name, 'none');
  }
  const putBack = () => {
    for (const [element, given] of moved) {
      element.style.cssText = given;
      put(element, 'transition', 'none');
    }
    if (moved.size) document.documentElement.offsetWidth;  // there at once, without travelling
    for (const [element, given] of moved) element.style.cssText = given;
  };

  const range = document.createRange();
  const rectsIn = (node) => {
    range.selectNodeContents(node);
    return [...range.getClientRects()].filter((one) => one.width > 0 && one.height > 0);
  };
  const rectsOf = (node) => node.nodeType === 3 ? rectsIn(node)
    : [...node.getClientRects(), ...rectsIn(node)];
  const inFlow = ({display, position}) => display !== 'none' && !/absolute|fixed/.test(position);
  const partsOf = (box) => [...box.childNodes].filter((one) => one.nodeType === 3
    ? /\S/.test(one.data) : one.nodeType === 1 && inFlow(getComputedStyle(one)));
  const inner = (box, edges) => {
    const rect = box.getBoundingClientRect();
    const left = rect.left + box.clientLeft + edges.left, top = rect.top + box.clientTop + edges.top;
    return {left, top,
      right: rect.left + box.clientLeft + box.clientWidth - edges.right,
      bottom: rect.top + box.clientTop + box.clientHeight - edges.bottom};
  };
  const holds = (wall, rect, upright, tight) => {
    const high = upright ? 0 : rect.height * tight, wide = upright ? rect.width * tight : 0;
    return rect.left + wide >= wall.left - TOLERANCE && rect.right - wide <= wall.right + TOLERANCE
      && rect.top + high >= wall.top - TOLERANCE && rect.bottom - high <= wall.bottom + TOLERANCE;
  };
  const lines = (rects, upright) => {
    let count = 0, last = NaN;
    for (const rect of rects) {
      const middle = upright ? (rect.left + rect.right) / 2 : (rect.top + rect.bottom) / 2;
      if (!(Math.abs(middle - last) <= (upright ? rect.width : rect.height) / 2)) {
        count += 1;
        last = middle;
      }
    }
    return count;
  };

  // Alone in its box a text makes its lines by itself, and its line height follows its size.
  const textOf = (text, parts, upright) => {
    const own = getComputedStyle(text), size = parseFloat(own.fontSize) || 0;
    const most = parseFloat(text.dataset.platenLines) || Infinity;
    const line = parseFloat(own.lineHeight) || 0, changes = [];
    const [first] = rectsIn(text), height = first ? upright ? first.width : first.height : 0;
    const alone = parts.length === 1 && parts[0].textContent.trim() === text.textContent.trim();
    if (alone && inline(text)) {
      changes.push(['display', 'block']);
    }
    if (line && most > 1 && !/^(nowrap|pre)$/.test(own.whiteSpace)) {
      changes.push(['line-height', String(line / size)]);
    }
    for (const name of ['letter-spacing', 'word-spacing']) {
      const length = parseFloat(own.getPropertyValue(name));
      if (length) changes.push([name, `${length / size}em`]);
    }
    return {text, size, most, changes,
      tight: line && height ? Math.max(0, Math.min(0.25, (1 - line / height) / 2)) : 0,
      least: Math.min(parseFloat(text.dataset.platenFit) || 8, size)};
  };
  const jobs = [...boxes].map(([box, texts]) => {
    const style = getComputedStyle(box), parts = partsOf(box);
    const edge = (side) => parseFloat(style[`padding${side}`]) || 0;
    const upright = style.writingMode.startsWith('vertical');
    const found = texts.map((text) => textOf(text, parts, upright));
    return {
      box, parts, upright, texts: found, low: 0, high: 1,
      tight: Math.max(...found.map((one) => one.tight)),
      edges: {left: edge('Left'), top: edge('Top'), right: edge('Right'), bottom: edge('Bottom')},
    };
  });
  const fits = ({box, parts, texts, edges, upright, tight}) => {
    const wall = inner(box, edges);
    return parts.every((part) => rectsOf(part).every((rect) => holds(wall, rect, upright, tight)))
      && texts.every(({text, most}) => most === Infinity || lines(rectsIn(text), upright) <= most);
  };
  const set = (job, share) => {
    for (const {text, size, least} of job.texts) {
      put(text, 'font-size', `${Math.floor((least + (size - least) * share) * 100) / 100}px`);
    }
  };
  const step = (open) => {
    for (const job of open) set(job, (job.low + job.high) / 2);
    for (const job of open) {
      const middle = (job.low + job.high) / 2;
      if (fits(job)) job.low = middle; else job.high = middle;
    }
  };

  let open = jobs.filter((job) => job.texts.some(({size, least}) => size > least) && !fits(job));
  for (const job of open) {
    for (const {text, changes} of job.texts) for (const change of changes) put(text, ...change);
    set(job, 0);
  }
  // What stands out beside the smallest text does so by itself: then the text alone is looked at.
  for (const job of open.filter((one) => !fits(one))) {
    job.parts = job.parts.filter((part) => job.texts.some(({text}) => part.contains(text)));
  }
  for (let round = 0; open.length && round < ROUNDS; round++) {
    for (let count = 0; count < STEPS; count++) step(open);
    for (const job of open) set(job, job.low);
    // Boxes that depend on each other may have been measured beside other sizes than the last ones.
    open = open.filter((job) => job.low > 0 && !fits(job));
    for (const job of open) Object.assign(job, {low: 0, high: job.low});
  }
  putBack();
  return boxes.size;
})()
