// takumi draws the re-authored card by itself, in Rust, off Node's own thread.
import { Renderer } from '@takumi-rs/core';
import { card, fonts } from './card.mjs';
import { serve } from './server.mjs';

const renderer = new Renderer();
for (const font of fonts) await renderer.registerFont(font);

function node({ style, children, text, src }) {
  if (src) return { type: 'image', src, width: style.width, height: style.height, style };
  if (text !== undefined) return { type: 'text', text, style };
  return { type: 'container', style, children: children.map(node) };
}

serve(({ variables, width, height, format, quality }) =>
  renderer.render(node(card(variables)), { width, height, format, quality }),
);
