// satori makes an SVG of the re-authored card, resvg makes the pixels.
import { Resvg } from '@resvg/resvg-js';
import satori from 'satori';
import { card, fonts } from './card.mjs';
import { serve } from './server.mjs';

function element({ style, children, text, src }) {
  if (src) return { type: 'img', props: { src, width: style.width, height: style.height, style } };
  return { type: 'div', props: { style, children: text ?? children.map(element) } };
}

serve(async ({ variables, width, height }) => {
  const svg = await satori(element(card(variables)), { width, height, fonts });
  return new Resvg(svg, { font: { loadSystemFonts: false } }).render().asPng();
});
