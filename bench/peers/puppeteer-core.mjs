// puppeteer-core as its own documents show it: one browser, a new page for each render.
import puppeteer from 'puppeteer-core';
import { draw, launch } from './browser.mjs';
import { serve } from './server.mjs';

const browser = await puppeteer.launch(launch);

serve(async (job) => {
  const page = await browser.newPage();
  try {
    return await draw(page, job);
  } finally {
    await page.close();
  }
});
