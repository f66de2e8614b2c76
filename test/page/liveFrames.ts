/**
 * What a live page costs: ten calls that stream 50 tokens/s each among 500 ended ones, told ten times a second, and
 * one call of 100 000 tokens that grows by 50 tokens each 100 ms: `npx tsx test/page/liveFrames.ts`.
 * "script" is what the page's frames cost on its main thread, a call's growth being one of them; "painted" is from
 * the page's newest message to the frame that shows it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { percentiles } from '../../src/model/percentiles.js';
import { frameTimes } from '../bench/frames.js';
import { type StreamingOptions, StreamingRun } from './streamingRun.js';
import { bundlePage, launchBrowser, openTracePage } from './tracePage.js';

const updates = 100;
const everyMs = 100;

interface Recorded {
  readonly script: number[];
  readonly painted: number[];
  readonly longTasks: number[];
}

declare global {
  interface Window {
    live: Recorded;
  }
}

const bundle = await bundlePage();
const browser = await launchBrowser();
print('ms', ['p50', 'p95', 'p99', 'max']);
await measure('idle', { ended: 500, streaming: 10, tokens: 50 }, 0);
await measure('10 streams', { ended: 500, streaming: 10, tokens: 50 }, 5);
for (const tab of ['Tokens', 'Statistics', 'Response']) {
  await measure(`100,000, ${tab}`, { ended: 5, streaming: 1, tokens: 100_000 }, 50, tab);
}
await browser.close();

async function measure(
  name: string,
  options: StreamingOptions,
  growBy: number,
  tab = 'Tokens',
): Promise<void> {
  const run = new StreamingRun(options);
  const traced = await openTracePage(browser, bundle, { source: run.source });
  const { page, host } = traced;
  await page.getByRole('tab', { name: tab }).click();
  await page.evaluate(record);
  const heapBefore = await heap(page);
  const frames = await frameTimes(page, (updates * everyMs) / 17, async () => {
    for (let at = 0; at < updates; at++) {
      if (growBy > 0) host.notify('state', run.grow(growBy));
      await pause(everyMs);
    }
  });
  const heapAfter = await heap(page);
  const { script, painted, longTasks } = await page.evaluate(() => window.live);
  printFigures(`${name}: frames`, frames);
  printFigures(`${name}: script`, script);
  printFigures(`${name}: painted`, painted);
  const grown = ((heapAfter - heapBefore) / 1e6).toFixed(1);
  process.stdout.write(
    `${name}: ${longTasks.length} tasks over 50 ms (longest ${Math.max(0, ...longTasks).toFixed(0)}), heap +${grown} MB\n`,
  );
  for (const error of traced.errors) process.stdout.write(`${error}\n`);
  await traced.close();
}

/** Runs in the page. Frames of the page's own: those in which something was drawn. */
function record(): void {
  const live: Recorded = { script: [], painted: [], longTasks: [] };
  window.live = live;
  const request = window.requestAnimationFrame.bind(window);
  let newest: number | null = null;
  window.addEventListener('message', () => (newest = performance.now()), true);
  window.requestAnimationFrame = (callback) =>
    request((now) => {
      const start = performance.now();
      callback(now);
      // Style and layout that the callback has made necessary.
      document.body.getBoundingClientRect();
      live.script.push(performance.now() - start);
      if (newest === null) return;
      const came = newest;
      newest = null;
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => live.painted.push(performance.now() - came);
      port2.postMessage(null);
    });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) live.longTasks.push(duration);
  }).observe({ entryTypes: ['longtask'] });
}

async function heap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}

function printFigures(name: string, values: readonly number[]): void {
  const found = percentiles(Float64Array.from(values).sort());
  const figures = [found?.p50, found?.p95, found?.p99, found?.max];
  print(
    name,
    figures.map((value) => (value ?? NaN).toFixed(2)),
  );
}

function print(name: string, cells: readonly string[]): void {
  process.stdout.write(`${name.padEnd(32)}${cells.map((cell) => cell.padStart(9)).join('')}\n`);
}
