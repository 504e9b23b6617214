/* Texts whose colour is hard to tell from what they stand on: WCAG's ratio of luminances, below 4.5
   for text and 3 for large text. A background with a picture or a gradient is nobody's one colour,
   and left out. */
() => {
  const found = [], told = new Set();
  const brush = Object.assign(document.createElement('canvas'), {width: 1, height: 1})
    .getContext('2d', {willReadFrequently: true});
  const known = new Map();
  const colorOf = (text) => {  // any CSS colour as [red, green, blue, alpha], 0 to 1
    if (!known.has(text)) {
      brush.clearRect(0, 0, 1, 1);
      brush.fillStyle = text;
      brush.fillRect(0, 0, 1, 1);
      known.set(text, [...brush.getImageData(0, 0, 1, 1).data].map((part) => part / 255));
    }
    return known.get(text);
  };
  const over = (front, back) => [0, 1, 2].map((at) => front[at] * front[3] + back[at] * (1 - front[3]));
  const light = (color) => {
    const [red, green, blue] = color.map((part) => part <= 0.04045 ? part / 12.92
      : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const groundOf = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== 'none' || style.opacity !== '1' || style.mixBlendMode !== 'normal'
        || style.filter !== 'none' || style.position === 'absolute' || style.position === 'fixed') return null;
      const color = colorOf(style.backgroundColor);
      if (color[3]) layers.push(color);
      if (color[3] === 1) break;
    }
    return layers.reverse().reduce((back, front) => over(front, back), [1, 1, 1]);
  };
  const nameOf = (element) => element.id ? '#' + element.id
    : element.localName + [...element.classList].slice(0, 2).map((name) => '.' + name).join('');
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node, seen = 0; found.length < 20 && seen < 2000 && (node = walker.nextNode());) {
    const host = node.parentElement;
    if (!/\S/.test(node.data) || /^(script|style|noscript|template|title)$/.test(host.localName)) continue;
    seen += 1;
    if (told.has(host) || host.namespaceURI !== 'http://www.w3.org/1999/xhtml') continue;
    told.add(host);
    const style = getComputedStyle(host);
    if (style.visibility !== 'visible' || !host.getClientRects().length) continue;
    if (style.webkitTextFillColor !== style.color || style.backgroundClip === 'text') continue;
    const ground = groundOf(host);
    if (!ground) continue;
    const [one, other] = [light(over(colorOf(style.color), ground)), light(ground)];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const size = parseFloat(style.fontSize);
    const wanted = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    if (ratio < wanted) {
      found.push({selector: nameOf(host), text: node.data.replace(/\s+/g, ' ').trim().slice(0, 300),
        ratio: Math.round(ratio * 100) / 100, wanted});
    }
  }
  return found;
}
