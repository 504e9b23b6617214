// puppeteer-cluster with as many pages as there are cores, the fastest of its models.
import { Cluster } from 'puppeteer-cluster';
import puppeteer from 'puppeteer-core';
import { cores, draw, launch } from './browser.mjs';
import { serve } from './server.mjs';

const cluster = await Cluster.launch({
  concurrency: Cluster.CONCURRENCY_PAGE,
  maxConcurrency: cores,
  puppeteer,
  puppeteerOptions: launch,
});
await cluster.task(({ page, data }) => draw(page, data));

serve((job) => cluster.execute(job));
