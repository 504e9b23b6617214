// jsreport with its pool of browsers, one for each core; reports run in its worker threads.
import jsreportCore from '@jsreport/jsreport-core';
import chrome from '@jsreport/jsreport-chrome-pdf';
import { cores, launch } from './browser.mjs';
import { serve } from './server.mjs';

const jsreport = jsreportCore({
  rootDirectory: process.cwd(),
  tempDirectory: process.env.BENCH_SCRATCH,
  discover: false,
  useExtensionsLocationCache: false,
  loadConfig: false,
  logger: { silent: true },
  workers: { numberOfWorkers: cores },
  store: { provider: 'memory' },
  reportTimeout: 60000,
  chrome: { strategy: 'chrome-pool', numberOfWorkers: cores, launchOptions: launch },
});
jsreport.use(chrome());
await jsreport.init();

function template({ html, width, height, format, quality, small }) {
  const plain = { content: html, engine: 'none' };
  if (format === 'pdf') return { ...plain, recipe: 'chrome-pdf', chrome: { printBackground: true, preferCSSPageSize: true } };
  const chromeImage = { type: format, viewportWidth: width, viewportHeight: height };
  if (format === 'jpeg') chromeImage.quality = quality;
  chromeImage.optimizeForSpeed = !small;
  return { ...plain, recipe: 'chrome-image', chromeImage };
}

serve(async (job) => (await jsreport.render({ template: template(job) })).content);
