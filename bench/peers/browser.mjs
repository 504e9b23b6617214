// The headless shell as all peers start it, and one document drawn on one page.
import os from 'node:os';

export const cores = os.availableParallelism();

export const launch = {
  executablePath: process.env.BENCH_HEADLESS_SHELL,
  headless: 'shell',
  args: ['--font-render-hinting=none', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
};

// `small` leaves the PNG encoder at its default: half the bytes, five times the time.
export async function draw(page, { html, width, height, format, quality, small }) {
  if (format === 'pdf') {
    await page.setContent(html);
    return page.pdf({ preferCSSPageSize: true, printBackground: true });
  }
  await page.setViewport({ width, height });
  await page.setContent(html);
  const kind = format === 'jpeg' ? { type: 'jpeg', quality } : { type: 'png' };
  return page.screenshot({ ...kind, optimizeForSpeed: !small });
}
