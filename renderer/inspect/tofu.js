/* Which of `characters` are drawn as an empty box: in the font of the element that shows each, the
   picture of the character is the picture of one that no font can have (it is not assigned).
   `texts`: pairs of a text and its font, where they are not the document's. */
(characters, texts) => {
  const missing = [], size = 24;
  const wanted = new Set(characters);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 2 * size;
  const brush = canvas.getContext('2d', {willReadFrequently: true});
  const drawn = (text, font) => {
    brush.clearRect(0, 0, 2 * size, 2 * size);
    brush.font = font;
    brush.fillText(text, size / 2, 1.5 * size);
    return brush.getImageData(0, 0, 2 * size, 2 * size).data.join();
  };
  const boxes = new Map();
  const fontOf = (style) => (
    `${style.fontStyle} ${style.fontWeight} ${size}px ${style.fontFamily}`);
  const nodes = function* () {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
      yield [node.data, () => fontOf(getComputedStyle(node.parentElement))];
    }
  };
  for (const [text, style] of texts || nodes()) {
    if (!wanted.size) break;
    for (const character of new Set(text)) {
      if (!wanted.delete(character)) continue;
      const font = typeof style === 'function' ? style() : fontOf(style);
      if (!boxes.has(font)) boxes.set(font, [drawn('\u0378', font), drawn('\u{2fe0}', font)]);
      if (boxes.get(font).includes(drawn(character, font))) missing.push(character);
    }
  }
  return missing;
}
