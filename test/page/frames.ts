/**
 * What the page's frames cost with a call of 100 000 tokens and with a run of 1 000 rows, beside those of
 * an empty page, in a plain Chromium: `npx tsx test/page/frames.ts`. Besides the time between frames,
 * which depends on who else uses the machine, it prints how long the page's main thread was at work for a
 * frame. (`npm run bench` measures the time between frames in VS Code.)
 */
import type { Browser, CDPSession, Page } from 'playwright-core';
import { percentiles } from '../../src/model/percentiles.js';
import { frameTimes } from '../bench/frames.js';
import { SyntheticTrace, largeTrace, seeded, stream } from './syntheticTrace.js';
import type { TraceSource } from './traceSource.js';
import { type TracePage, bundlePage, launchBrowser, openTracePage } from './tracePage.js';

const frames = 240;
const tokens = 100_000;
const bundle = await bundlePage();
const browser = await launchBrowser();

process.stdout.write(
  `${''.padEnd(26)}${['p50', 'p95', 'max', 'work', 'script', 'style', 'layout'].map((title) => title.padStart(8)).join('')}   ms a frame\n`,
);
await measureEmptyPage(browser);
await measureLongCall(browser);
await measureLargeRun(browser);
await browser.close();

async function measureEmptyPage(on: Browser): Promise<void> {
  const page = await on.newPage();
  // As in tracePage.ts: what runs in the page must not miss the helper that tsx adds.
  await page.evaluate('globalThis.__name = (named) => named;');
  await measure(page, 'empty page');
  await page.close();
}

async function measureLongCall(on: Browser): Promise<void> {
  const traced = await open(on, longCall());
  const { page, idle } = traced;
  const stop = (): Promise<void> => page.getByRole('button', { name: 'Stop' }).click();
  const play = (): Promise<void> => page.getByRole('button', { name: 'Play' }).click();
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('10×');
  await measure(page, 'replay at 10×, start', play);
  await stop();
  for (const [name, share] of [
    ['middle', 0.5],
    ['end', 0.9],
  ] as const) {
    await pressSlider(page, share);
    await idle();
    await measure(page, `replay at 10×, ${name}`, play);
    await stop();
  }
  await page.getByRole('combobox', { name: 'Page size' }).selectOption('All');
  await idle();
  await measure(page, 'scrolling the grid', () => wheel(page, '.token-grid', 3_000));
  await measure(page, 'zooming the tokens', () => wheel(page, '.token-timeline', -80));
  await page.keyboard.press('Escape');
  await measure(page, 'dragging the slider', () => dragSlider(page));
  const rows = await page.locator('.token-row:not(.token-header)').count();
  process.stdout.write(`token rows in the page: ${rows}\n`);
  await traced.close();
}

async function measureLargeRun(on: Browser): Promise<void> {
  const traced = await open(on, largeTrace(1_000, 500));
  const { page } = traced;
  await measure(page, 'scrolling 1,000 rows', () => wheel(page, '.run-legend', 120));
  await page.locator('.run-plot').hover();
  await page.keyboard.down('Control');
  await measure(page, 'zooming 1,000 rows', () => wheel(page, '.run-plot', -40));
  await page.keyboard.up('Control');
  await traced.close();
}

function longCall(): TraceSource {
  const random = seeded(3);
  const trace = new SyntheticTrace('one long answer');
  trace.call(
    { name: 'gpt-4.1', startMs: 0 },
    stream(tokens, 400, () => 1 + random() * 18),
  );
  return trace.source();
}

async function open(on: Browser, source: TraceSource): Promise<TracePage> {
  const start = performance.now();
  const traced = await openTracePage(on, bundle, { source });
  process.stdout.write(`open to idle: ${(performance.now() - start).toFixed(0)} ms\n`);
  return traced;
}

async function wheel(on: Page, place: string, deltaY: number): Promise<void> {
  await on.locator(place).hover();
  for (let turn = 0; turn < 100; turn++) await on.mouse.wheel(0, deltaY);
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

async function sliderBox(on: Page): Promise<Box> {
  const box = await on.locator('.replay-slider').boundingBox();
  if (!box) throw new Error('The slider is not on the page.');
  return { x: box.x, y: box.y + box.height / 2, width: box.width };
}

async function pressSlider(on: Page, share: number): Promise<void> {
  const { x, y, width } = await sliderBox(on);
  await on.mouse.click(x + width * share, y);
}

async function dragSlider(on: Page): Promise<void> {
  const { x, y, width } = await sliderBox(on);
  await on.mouse.move(x, y);
  await on.mouse.down();
  for (let turn = 0; turn <= 100; turn++) await on.mouse.move(x + (width * turn) / 100, y);
  await on.mouse.up();
}

async function measure(on: Page, name: string, during?: () => Promise<void>): Promise<void> {
  const session = await on.context().newCDPSession(on);
  await session.send('Performance.enable');
  const before = await workOf(session);
  const times = await frameTimes(on, frames, during);
  const after = await workOf(session);
  await session.detach();
  const found = percentiles(Float64Array.from(times).sort());
  const perFrame = after.map(
    (seconds, place) => ((seconds - (before[place] ?? 0)) * 1_000) / frames,
  );
  const figures = [found?.p50, found?.p95, found?.max, ...perFrame];
  const shown = figures.map((time) => (time ?? NaN).toFixed(2).padStart(8)).join('');
  process.stdout.write(`${name.padEnd(26)}${shown}\n`);
}

/** Seconds that the page's main thread has been at work in all, and of these in script, style and layout. */
async function workOf(session: CDPSession): Promise<number[]> {
  const { metrics } = await session.send('Performance.getMetrics');
  const names = ['TaskDuration', 'ScriptDuration', 'RecalcStyleDuration', 'LayoutDuration'];
  return names.map((name) => metrics.find((metric) => metric.name === name)?.value ?? NaN);
}
