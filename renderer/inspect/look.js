/* What a laid-out page shows wrongly: text that is cut or leaves its box, images drawn larger than
   they are, characters beyond the common ones. A function of `edges`: whether the viewport cuts
   what the picture shows. Nothing of the page is changed, and no script of it runs.

   Text is measured by its core, the middle half of each line's height: a line's box is often
   higher than the line's distance, and nothing of a letter is cut then. */
(edges) => {
  const AT_MOST = 20, NODES = 3000, CHARACTERS = 3000, ODD = /[^\u0000-\u024f\u2000-\u206f]/gu;
  const LEFT_OUT = new Set(['script', 'style', 'noscript', 'template', 'title', 'option']);
  const body = document.body;
  const found = {text: [], images: [], odd: ''};
  if (!body) return found;
  const styles = new Map(), boxes = new Map(), told = new Set();
  const styleOf = (element) => {
    let style = styles.get(element);
    if (!style) styles.set(element, style = getComputedStyle(element));
    return style;
  };
  const boxOf = (element) => {  // the padding box, on the page as it is drawn
    let box = boxes.get(element);
    if (!box) {
      const rect = element.getBoundingClientRect();
      const wide = element.offsetWidth ? rect.width / element.offsetWidth : 1;
      const high = element.offsetHeight ? rect.height / element.offsetHeight : 1;
      const left = rect.left + element.clientLeft * wide, top = rect.top + element.clientTop * high;
      boxes.set(element, box = {left, top, right: left + element.clientWidth * wide,
        bottom: top + element.clientHeight * high});
    }
    return box;
  };
  const nameOf = (element) => {
    const parts = [];
    for (let at = element; at && at !== body && parts.length < 4; at = at.parentElement) {
      if (at.id && /^[\w-]+$/.test(at.id)) { parts.unshift('#' + at.id); break; }
      let part = at.localName;
      const named = [...at.classList].filter((name) => /^[a-zA-Z][\w-]*$/.test(name));
      if (named.length) part += '.' + named.slice(0, 2).join('.');
      const alike = at.parentElement
        ? [...at.parentElement.children].filter((one) => one.localName === at.localName) : [];
      if (alike.length > 1) part += `:nth-of-type(${alike.indexOf(at) + 1})`;
      parts.unshift(part);
    }
    return parts.join(' > ') || 'body';
  };
  const turned = (style) => {
    if (style.rotate !== 'none') return true;
    if (style.transform === 'none') return false;
    const matrix = new DOMMatrixReadOnly(style.transform);
    return !matrix.is2D || Math.abs(matrix.b) > 0.001 || Math.abs(matrix.c) > 0.001;
  };
  const clips = (style) => style.overflowX !== 'visible' || style.overflowY !== 'visible';
  const painted = (style) => style.backgroundImage !== 'none' || style.boxShadow !== 'none'
    || !/, 0\)$|^transparent$/.test(style.backgroundColor)
    || (style.borderTopStyle !== 'none' && parseFloat(style.borderTopWidth) > 0);
  const beyond = (core, box) => ({
    right: core.right - box.right, left: box.left - core.left,
    bottom: core.bottom - box.bottom, top: box.top - core.top,
  });
  const outside = (core, box) => core.left >= box.right || core.right <= box.left
    || core.top >= box.bottom || core.bottom <= box.top;
  const tell = (kind, host, text, by, where) => {
    if (found.text.length >= AT_MOST) return;  // before the name, which looks at all siblings
    const key = kind + nameOf(host);
    if (told.has(key)) return;
    told.add(key);
    found.text.push({kind, selector: nameOf(host), text: text.replace(/\s+/g, ' ').trim()
      .slice(0, 300), by: Math.round(by * 10) / 10, where});
  };

  // The boxes that may cut a text, from its host outwards, and those that it should stay within.
  const wallsOf = (host) => {
    const walls = [];
    let skipping = '', moved = false;
    for (let at = host; at && at !== body && at !== document.documentElement;
      at = at.parentElement) {
      const style = styleOf(at);
      const holds = style.position !== 'static' || style.transform !== 'none';
      if (skipping === 'fixed' ? style.transform !== 'none' : holds) skipping = '';
      if (turned(style)) return null;  // its upright box says little about it
      // What moves for ever is cut as it passes, like a ticker: meant so.
      if (style.animationName !== 'none' && /infinite/.test(style.animationIterationCount)) return null;
      // What `fit` has made a block is no box of the design's.
      if (!skipping && !/^inline$|contents/.test(style.display) && !at.dataset?.platenFit) {
        const box = boxOf(at);
        const wide = box.right - box.left, high = box.bottom - box.top;
        // What is no larger than a dot hides its text on purpose, for those who listen.
        if (clips(style)) {
          if (wide > 2 && high > 2) walls.push({at, box, style, cuts: true});
          else return null;
        } else if (!moved && wide > 1 && high > parseFloat(style.fontSize) / 2
          && (walls.length === 0 || painted(style))) walls.push({at, box, style, cuts: false});
      }
      moved = moved || style.position === 'absolute' || style.position === 'fixed'
        || style.translate !== 'none' || style.transform !== 'none'
        || (style.position === 'relative' && [style.top, style.right, style.bottom, style.left]
          .some((side) => side !== 'auto' && parseFloat(side) !== 0))
        || [style.marginTop, style.marginRight, style.marginBottom, style.marginLeft]
          .some((side) => parseFloat(side) < 0);
      if (style.position === 'absolute' || style.position === 'fixed') skipping = style.position;
    }
    return walls;
  };
  const known = new Map();
  const picture = {left: 0, top: 0, right: innerWidth, bottom: innerHeight};

  const judge = (host, text, rects) => {
    let walls = known.get(host);
    if (walls === undefined) known.set(host, walls = wallsOf(host));
    if (walls === null) return;
    const cores = rects.map((rect) => ({left: rect.left, right: rect.right,
      top: rect.top + rect.height / 4, bottom: rect.bottom - rect.height / 4}));
    for (const {at, box, style, cuts} of walls) {
      const shown = cores.filter((core) => !outside(core, box));
      const lost = cores.filter((core) => core.top >= box.bottom
        && core.left < box.right && core.right > box.left);
      if (cuts) {
        const short = style.textOverflow === 'ellipsis' || styleOf(host).textOverflow === 'ellipsis';
        const clamped = style.webkitLineClamp !== 'none';
        if (!shown.length && !lost.length) return;  // beside its box as a whole: meant so
        if (shown.length || lost.length) {
          const over = worst(cores.filter((core) => shown.includes(core) || lost.includes(core)), box,
            style.overflowX !== 'visible', style.overflowY !== 'visible');
          if (over.by > 1) {
            tell(short && over.where !== 'bottom' || clamped ? 'truncated' : 'clipped', host, text,
              over.by, over.where);
            return;
          }
        }
        if (!shown.length) return;
      } else {
        const over = worst(cores, box, true, true);
        if (over.by > 1) { tell('overflows', host, text, over.by, over.where); return; }
      }
    }
    if (!edges) return;
    const shown = cores.filter((core) => !outside(core, picture));
    const below = cores.filter((core) => core.top >= picture.bottom
      && core.left < picture.right && core.right > picture.left);
    if (below.length && !shown.length && styleOf(host).position !== 'static') return;
    if (shown.length || below.length) {
      const over = worst([...shown, ...below], picture, true, true);
      if (over.by > 1) tell('outside', host, text, over.by, over.where);
    }
  };
  const worst = (cores, box, wide, high) => {
    let by = 0, where = '';
    for (const core of cores) {
      const over = beyond(core, box);
      for (const side of [...wide ? ['right', 'left'] : [], ...high ? ['bottom', 'top'] : []]) {
        if (over[side] > by) { by = over[side]; where = side; }
      }
    }
    return {by, where};
  };

  const odd = new Set();
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let seen = 0;
  for (let node; seen < NODES && (node = walker.nextNode());) {
    const text = node.data, host = node.parentElement;
    if (!host || LEFT_OUT.has(host.localName) || !/\S/.test(text)) continue;
    const style = styleOf(host);
    if (style.visibility !== 'visible' || style.opacity === '0' || style.fontSize === '0px') continue;
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()].filter((one) => one.width > 0 && one.height > 0);
    if (!rects.length) continue;
    seen += 1;
    if (odd.size < CHARACTERS) for (const one of text.match(ODD) || []) odd.add(one);
    if (host.namespaceURI === 'http://www.w3.org/1999/xhtml'
      && !style.writingMode.startsWith('vertical')) judge(host, text, rects);
  }
  found.odd = [...odd].slice(0, CHARACTERS).join('');

  for (const image of document.images) {
    if (found.images.length >= AT_MOST) break;
    if (!image.naturalWidth || /^data:image\/svg|\.svg([?#]|$)/i.test(image.currentSrc)) continue;
    const rect = image.getBoundingClientRect();
    if (rect.width < 2 || rect.height < 2) continue;
    const wide = rect.width / image.naturalWidth, high = rect.height / image.naturalHeight;
    const fit = styleOf(image).objectFit;
    const scale = (/contain|scale-down/.test(fit) ? Math.min(wide, high)
      : fit === 'none' ? 1 : Math.max(wide, high)) * devicePixelRatio;
    // A few pixels' worth is seen by nobody; pixel art asks for it.
    if (scale > 1.3 && rect.width > 16 && !/pixelated|crisp/.test(styleOf(image).imageRendering)) {
      found.images.push({selector: nameOf(image), url: image.currentSrc.slice(0, 200),
        scale: Math.round(scale * 100) / 100, width: image.naturalWidth, height: image.naturalHeight,
        drawn: [Math.round(rect.width * devicePixelRatio), Math.round(rect.height * devicePixelRatio)]});
    }
  }
  return found;
}
