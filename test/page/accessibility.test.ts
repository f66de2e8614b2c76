import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { runKey, stepKey } from '../../src/model/trace.js';
import { type PageAction, type PageState } from '../../src/protocol/pageMessages.js';
import { leftOutTrace } from './leftOutTrace.js';
import { largeTrace, pictureTrace } from './syntheticTrace.js';
import { themeNames } from './themes.js';
import { pageFixture } from './pageFixture.js';
import type { PageOptions, TracePage } from './tracePage.js';

const widths = [320, 360, 699, 700, 900, 1180, 1600, 2560];
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const actions: readonly PageAction[] = ['retry', 'enterKey', 'openLarge', 'openAsText', 'showLog'];

const failedState: PageState = {
  status: 'failed',
  fileName: 'broken.llmtrace',
  error: { code: 'corrupt', message: 'The file is damaged. Restore it.', detail: null },
  actions,
};

async function violations(page: Page, axe: string): Promise<string[]> {
  await page.evaluate(axe);
  const results = await page.evaluate(
    (values) =>
      (
        window as unknown as { axe: { run(root: Document, options: object): Promise<AxeResults> } }
      ).axe.run(document, { runOnly: { type: 'tag', values } }),
    rules,
  );
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, any }) => `${id}: ${help}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`),
  );
}

/** How much wider than the page its widest part is. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const main = document.querySelector('main');
    const parts = [document.documentElement, document.body, ...(main ? [main] : [])];
    return Math.max(...parts.map((part) => part.scrollWidth - part.clientWidth));
  });

describe('the page for everyone', () => {
  const openPage = pageFixture();
  let axe: string;
  let traced: TracePage;
  before(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
  });

  const open = async (options: Partial<PageOptions> = {}): Promise<TracePage> =>
    (traced = await openPage(options));

  for (const theme of themeNames) {
    it(`passes the accessibility rules in the theme ${theme}`, async () => {
      const reveal = { run: runKey(1), step: stepKey(6), token: 61, play: false };
      const { page, idle } = await open({ theme, reveal });
      for (const tab of ['Tokens', 'Statistics', 'Request', 'Response', 'Raw']) {
        await page.getByRole('tab', { name: tab }).click();
        await idle();
        assert.deepEqual(await violations(page, axe), [], tab);
      }
      for (const step of ['lookup_order', 'hand-off to Billing', 'failed: RATE_LIMIT']) {
        await page.getByRole('button', { name: step }).click();
        await idle();
        assert.deepEqual(await violations(page, axe), [], step);
      }
    });
  }

  for (const theme of themeNames) {
    it(`passes them with calls whose tokens are left out, in the theme ${theme}`, async () => {
      const { page, idle } = await open({ source: await leftOutTrace(), theme, width: 1180 });
      const rows = page.getByRole('region', { name: 'Run timeline' });
      for (const row of ['aggregated, 1,000', 'sampled', 'not-stored-at-all']) {
        await rows.getByRole('button', { name: row }).first().click();
        await idle();
        assert.deepEqual(await violations(page, axe), [], row);
      }
    });
  }

  for (const width of [320, 420, 768]) {
    it(`needs no sideways scrolling at ${width} px where tokens are left out`, async () => {
      const { page, idle } = await open({ source: await leftOutTrace(), width });
      const rows = page.getByRole('region', { name: 'Run timeline' });
      for (const row of ['aggregated, 1,000', 'not-stored-at-all']) {
        await rows.getByRole('button', { name: row }).first().click();
        for (const tab of await page.getByRole('tab').allTextContents()) {
          await page.getByRole('tab', { name: tab }).click();
          await idle();
          assert.equal(await overflow(page), 0, `${row}, ${tab}`);
        }
      }
    });
  }

  it('passes them while it loads, when it failed and when there is nothing', async () => {
    const { page, host, idle } = await open({ state: failedState });
    assert.deepEqual(await violations(page, axe), [], 'failed');
    host.notify('state', { status: 'loading', fileName: 'a', fraction: 0.4, what: 'Reading…' });
    await page.getByText('40 %').waitFor();
    assert.deepEqual(await violations(page, axe), [], 'loading');
    const { summary } = pictureTrace();
    host.notify('state', {
      status: 'ready',
      summary: { ...summary, runs: [] },
      sourceLost: null,
    });
    await page.getByRole('heading', { name: 'No runs yet' }).waitFor();
    await idle();
    assert.deepEqual(await violations(page, axe), [], 'empty');
  });

  it('passes them with its help open', async () => {
    const { page } = await open();
    await page.getByRole('button', { name: 'Keys and mouse' }).click();
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(await violations(page, axe), []);
  });

  for (const width of widths) {
    it(`needs no sideways scrolling at ${width} px`, async () => {
      const { page, idle } = await open({ width, height: 780 });
      const tabs = await page.getByRole('tab').allTextContents();
      for (const tab of tabs) {
        await page.getByRole('tab', { name: tab }).click();
        await idle();
        assert.equal(await overflow(page), 0, tab);
      }
    });
  }

  it('scrolls long texts and lists inside their parts, not the page', async () => {
    const { page, idle } = await open({ source: largeTrace(300, 20_000) });
    const height = (): Promise<number[]> =>
      page.evaluate(() => {
        const main = document.querySelector('main');
        return [main?.scrollHeight ?? 0, main?.clientHeight ?? 0];
      });
    assert.deepEqual(await height(), [780, 780]);
    await page.setViewportSize({ width: 360, height: 780 });
    for (const tab of await page.getByRole('tab').allTextContents()) {
      await page.getByRole('tab', { name: tab }).click();
      await idle();
      const [scrolled = 0] = await height();
      assert.ok(scrolled < 900, `${tab}: ${scrolled} px`);
    }
  });

  it('stacks its parts in tabs on a narrow page, beginning with the replay', async () => {
    const { page } = await open({ width: 360 });
    assert.deepEqual(await page.getByRole('tab').allTextContents(), [
      'Replay',
      'Tokens',
      'Statistics',
      'Request',
      'Response',
      'Raw',
    ]);
    await page.getByRole('toolbar', { name: 'Replay' }).waitFor();
    await page.setViewportSize({ width: 900, height: 780 });
    await page.getByRole('grid', { name: 'Tokens' }).waitFor();
    await page.getByRole('toolbar', { name: 'Replay' }).waitFor();
  });

  it('takes over a theme that is switched while it is open', async () => {
    const { page, setTheme, idle } = await open({ theme: 'dark' });
    const pixels = (): Promise<string> =>
      page.evaluate(() => document.querySelector('canvas')?.toDataURL() ?? '');
    const dark = await pixels();
    await setTheme('light');
    await idle();
    await page.waitForFunction(
      (before) => document.querySelector('canvas')?.toDataURL() !== before,
      dark,
    );
    assert.deepEqual(traced.errors, []);
  });
});
