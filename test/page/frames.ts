/**
 * How long the page's frames take with a call of 100 000 tokens, beside those of an empty page, in a plain
 * Chromium: `npx tsx test/page/frames.ts`. (`npm run bench` measures the same in VS Code.)
 */
import type { Page } from 'playwright-core';
import { percentiles } from '../../src/model/percentiles.js';
import { frameTimes } from '../bench/frames.js';
import { SyntheticTrace, seeded, stream } from './syntheticTrace.js';
import { bundlePage, launchBrowser, openTracePage } from './tracePage.js';

const frames = 240;
const tokens = 100_000;

const random = seeded(3);
const trace = new SyntheticTrace('one long answer');
trace.call(
  { name: 'gpt-4.1', startMs: 0 },
  stream(tokens, 400, () => 1 + random() * 18),
);

const browser = await launchBrowser();
const empty = await browser.newPage();
// As in tracePage.ts: what runs in the page must not miss the helper that tsx adds.
await empty.evaluate('globalThis.__name = (named) => named;');
report('empty page', await frameTimes(empty, frames));
await empty.close();

const start = performance.now();
const { page, idle } = await openTracePage(browser, await bundlePage(), { source: trace.source() });
process.stdout.write(`bundle, open, idle: ${(performance.now() - start).toFixed(0)} ms\n`);

await page.getByRole('combobox', { name: 'Speed' }).selectOption('10×');
const play = page.getByRole('button', { name: 'Play' });
report('replay at 10×', await frameTimes(page, frames, () => play.click()));
report('replay at 10×, later', await frameTimes(page, frames));
await page.getByRole('button', { name: 'Stop' }).click();

await page.getByRole('combobox', { name: 'Page size' }).selectOption('All');
await idle();
report('scrolling the grid', await frameTimes(page, frames, () => wheel(page, 'grid', 3_000)));
report('zooming', await frameTimes(page, frames, () => wheel(page, 'region', -80)));
report('dragging the slider', await frameTimes(page, frames, () => dragSlider(page)));
const rows = await page.locator('.token-row:not(.token-header)').count();
process.stdout.write(`token rows in the page: ${rows}\n`);
await browser.close();

async function wheel(on: Page, role: 'grid' | 'region', deltaY: number): Promise<void> {
  const name = role === 'grid' ? 'Tokens' : 'Token timeline';
  await on.getByRole(role, { name }).hover();
  for (let turn = 0; turn < 100; turn++) await on.mouse.wheel(0, deltaY);
}

async function dragSlider(on: Page): Promise<void> {
  const box = await on.locator('.replay-slider').boundingBox();
  if (!box) throw new Error('The slider is not on the page.');
  const y = box.y + box.height / 2;
  await on.mouse.move(box.x, y);
  await on.mouse.down();
  for (let turn = 0; turn <= 100; turn++) await on.mouse.move(box.x + (box.width * turn) / 100, y);
  await on.mouse.up();
}

function report(name: string, times: readonly number[]): void {
  const found = percentiles(Float64Array.from(times).sort());
  const [median, high, most] = [found?.p50, found?.p95, found?.max].map((time) =>
    (time ?? NaN).toFixed(1).padStart(6),
  );
  process.stdout.write(`${name.padEnd(24)} p50 ${median}  p95 ${high}  max ${most} ms\n`);
}
