// The social card written again for renderers that know a part of CSS only: a tree of boxes,
// texts and pictures, from the same data as the template. Colours are mixed in sRGB.
import fs from 'node:fs';
import path from 'node:path';

const INK = '#1b1a17';
const PAPER = '#f6f1e7';
const QUIET = '#6d685d';

const FILES = [
  ['Inter', 400, 'inter/Inter-Regular.ttf'],
  ['Inter', 500, 'inter/Inter-Medium.ttf'],
  ['Inter', 600, 'inter/Inter-SemiBold.ttf'],
  ['Inter', 700, 'inter/Inter-Bold.ttf'],
  ['Bricolage Grotesque', 600, 'bricolage-grotesque/BricolageGrotesque-SemiBold.ttf'],
  ['Bricolage Grotesque', 800, 'bricolage-grotesque/BricolageGrotesque-ExtraBold.ttf'],
];

export const fonts = FILES.map(([name, weight, file]) => ({
  name,
  weight,
  style: 'normal',
  data: fs.readFileSync(path.join(process.env.BENCH_FONTS, file)),
}));

const parts = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

function mix(one, other, share) {
  const [a, b] = [parts(one), parts(other)];
  const byte = (at) => Math.round(a[at] * (1 - share) + b[at] * share);
  return '#' + [0, 1, 2].map((at) => byte(at).toString(16).padStart(2, '0')).join('');
}

const box = (style, ...children) => ({ style: { display: 'flex', ...style }, children });
const text = (style, words) => ({ style, text: words });
const picture = (style, svg) => ({
  style,
  src: 'data:image/svg+xml;base64,' + Buffer.from(svg).toString('base64'),
});
const svg = (width, height, inner, view = `0 0 ${width} ${height}`) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${view}">${inner}</svg>`;

const mark = (accent) =>
  svg(38, 38, `<circle cx="20" cy="20" r="20" fill="${accent}"/><path d="M0 22q5-5 10 0t10 0 10 0 10 0a20 20 0 0 1-40 0z" fill="${INK}"/><path d="M2 29q4.5-4 9 0t9 0 9 0 9 0" fill="none" stroke="${PAPER}" stroke-width="2"/>`, '0 0 40 40');

function wave(accent, seed, layer) {
  const length = 90 + ((seed * (layer + 3) * 7) % 95);
  const rise = (26 + ((seed * (layer + 1)) % 44)) * (1 - layer * 0.045);
  const left = -((seed * (layer + 2) * 11) % 180) - 120;
  const light = mix(accent, '#fff3d6', Math.max(66 - layer * 15, 0) / 100);
  const fill = mix(light, '#20102e', Math.max(layer * 13 - 34, 0) / 100);
  const path = `M${left} ${262 + layer * 43} q${length / 2} ${-rise} ${length} 0${` t${length} 0`.repeat(9)} V640 H${left}Z`;
  return `<path fill="${fill}" d="${path}"/>`;
}

function landscape({ title, author, accent }) {
  const seed = title.length * 37 + author.length * 13;
  const radius = 58 + (seed % 24);
  const x = 440 * (0.18 + (seed % 34) / 100) + radius;
  const y = 630 * (0.13 + (seed % 12) / 100) + radius;
  const sky = `<linearGradient id="sky" x1="0" y1="0" x2=".2" y2="1"><stop stop-color="${mix(accent, '#fff6dd', 0.8)}"/><stop offset=".62" stop-color="${mix(accent, '#ffd9b0', 0.45)}"/></linearGradient>`;
  const waves = Array.from({ length: 9 }, (_, layer) => wave(accent, seed, layer)).join('');
  const inner = `${sky}<rect width="440" height="630" fill="url(#sky)"/><circle cx="${x}" cy="${y}" r="${radius}" fill="#fff" fill-opacity=".82"/>${waves}`;
  return picture({ width: 444, height: 630 }, svg(440, 630, inner).replace('<svg', '<svg preserveAspectRatio="none"'));
}

function head({ brand, category, accent }) {
  const pill = { padding: '8px 15px 9px', borderRadius: 99, backgroundColor: mix(accent, PAPER, 0.82) };
  return box(
    { alignItems: 'center', justifyContent: 'space-between' },
    box(
      { alignItems: 'center', gap: 14 },
      picture({ width: 38, height: 38 }, mark(accent)),
      text({ fontFamily: 'Bricolage Grotesque', fontWeight: 600, fontSize: 23 }, brand),
    ),
    box(pill, text({ fontSize: 15, fontWeight: 600, color: mix(accent, '#000000', 0.35) }, category)),
  );
}

function foot({ author, role, date, readingMinutes, accent }) {
  const names = author.split(' ');
  const initials = (names[0][0] + names.at(-1)[0]).toUpperCase();
  const from = mix(accent, '#ffffff', 0.22);
  const to = mix(accent, '#1d0b2e', 0.55);
  const badge = { width: 58, height: 58, borderRadius: 29, alignItems: 'center', justifyContent: 'center', backgroundImage: `linear-gradient(140deg, ${from}, ${to})` };
  const day = new Date(date).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
  const small = { fontSize: 16, color: QUIET };
  return box(
    { alignItems: 'center', justifyContent: 'space-between' },
    box(
      { alignItems: 'center', gap: 17 },
      box(badge, text({ fontWeight: 700, fontSize: 20, color: '#ffffff' }, initials)),
      box(
        { flexDirection: 'column', gap: 4 },
        text({ fontSize: 18, fontWeight: 600 }, author),
        text(small, role),
      ),
    ),
    box(
      { flexDirection: 'column', alignItems: 'flex-end', gap: 4 },
      text({ ...small, fontWeight: 500 }, day),
      text({ ...small, fontWeight: 500 }, `${readingMinutes} min read`),
    ),
  );
}

function headline({ title }) {
  const steps = [[30, 88], [52, 74], [78, 62], [104, 52]];
  const fontSize = steps.find(([letters]) => title.length <= letters)?.[1] ?? 43;
  return text({ fontFamily: 'Bricolage Grotesque', fontWeight: 800, fontSize, lineHeight: 1.02, letterSpacing: fontSize * -0.032 }, title);
}

// The cells that spell the render's number, as in the template.
const strip = ({ bits }) =>
  box(
    { position: 'absolute', left: 0, top: 0 },
    ...bits.map((bit) => box({ width: 8, height: 8, backgroundColor: bit ? '#000000' : '#ffffff' })),
  );

export function card(data) {
  const left = { boxSizing: 'border-box', flexShrink: 0, width: 756, height: 630, flexDirection: 'column', justifyContent: 'space-between', padding: '56px 52px 50px 64px' };
  const whole = { width: 1200, height: 630, backgroundColor: PAPER, color: INK, fontFamily: 'Inter', position: 'relative' };
  return box(
    whole,
    box(left, head(data), headline(data), foot(data)),
    landscape(data),
    strip(data),
  );
}
