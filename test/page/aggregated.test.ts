import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { formatDate } from '../../src/model/formatting.js';
import { type Token, TokenKind } from '../../src/model/tokens.js';
import { defaultStallRule } from '../../src/model/stalls.js';
import { epochMicroseconds, microseconds } from '../../src/model/units.js';
import { aggregateCall } from '../../src/store/native/aggregation.js';
import { ExampleTrace, runStartUs } from '../unit/store/exampleTrace.js';
import { pageFixture } from './pageFixture.js';
import { fileSource } from './traceSource.js';
import type { TracePage } from './tracePage.js';

const count = 600;
const words = ['The', ' refund', ' was', ' app', 'roved', '.', ' '];

/** At 40 tokens a second, with a wait of 9 s in the middle. */
const tokens = Array.from({ length: count }, (_, index): Token => ({
  offsetUs: microseconds(500_000 + index * 25_000 + (index < 300 ? 0 : 9_000_000)),
  text: words[index % words.length] ?? '',
  kind: TokenKind.text,
}));

const aggregatedAtUs = epochMicroseconds(runStartUs + 3_600_000_000);
const gone = `580 tokens between #9 and #590 were aggregated on ${formatDate(aggregatedAtUs)}`;

describe('an aggregated call in the page', () => {
  const openPage = pageFixture();
  let folder: string;
  let traced: TracePage;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aggregated-page-'));
    const trace = await ExampleTrace.create();
    const call = trace.startCall('call-1');
    trace.writer.addTokens(call, tokens);
    trace.writer.endCall(call, { state: 'completed', durationUs: microseconds(24_600_000) });
    aggregateCall(trace.writer, call, aggregatedAtUs);
    await writeFile(join(folder, 'a.llmtrace'), trace.writer.toBytes());
    trace.writer.close();
  });
  after(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    traced = await openPage({
      source: await fileSource(join(folder, 'a.llmtrace'), defaultStallRule),
      width: 1180,
    });
  });

  const part = (name: string): Locator => traced.page.locator(`.slot-${name}`);
  const tab = (name: string): Promise<void> => traced.page.getByRole('tab', { name }).click();

  it('says what is kept, and shows the figures of all that came', async () => {
    assert.match(await part('token-timeline').innerText(), /20 of 600 tokens kept: aggregated/);
    assert.match(
      await part('replay').innerText(),
      new RegExp(`${gone}\\. The whole response is in the Response tab\\.`),
    );
    await tab('Statistics');
    const table = await traced.page.getByRole('table', { name: 'Statistics' }).innerText();
    assert.match(table, /Stalls\s+1\s*longest 9\.03 s/);
    assert.match(table, /ICL p95\s+25 ms/);
    assert.match(table, /Bursts\s+0/);
    await tab('Response');
    await traced.page
      .getByText(/^The refund was approved\. The/)
      .last()
      .waitFor();
  });

  it('lists the tokens that are kept, and no time since one that others came after', async () => {
    await tab('Tokens');
    const lines = traced.page.locator('.token-row:not(.token-header)');
    const rows = traced.page.locator('.token-row[aria-rowindex]');
    await rows.nth(19).waitFor();
    assert.equal(await rows.count(), 20);
    assert.equal(await lines.nth(10).innerText(), gone);
    const cells = async (row: number): Promise<string[]> =>
      (await rows.nth(row).getByRole('gridcell').allInnerTexts()).map((text) => text.trim());
    assert.deepEqual(
      [await cells(9), await cells(10), await cells(11)].map(([index, , , delta]) => [
        index,
        delta,
      ]),
      [
        ['9', '+25.0'],
        ['590', '—'],
        ['591', '+25.0'],
      ],
    );
  });

  it('shows the row of the token that is chosen, beyond the note too', async () => {
    await traced.page.setViewportSize({ width: 1180, height: 420 });
    const grid = traced.page.getByRole('grid', { name: 'Tokens' });
    const current = grid.locator('[aria-selected="true"] .token-index');
    for (const [key, index] of [
      ['End', '599'],
      ['Home', '0'],
      ...Array.from({ length: 10 }, (_, at) => ['ArrowDown', at < 9 ? String(at + 1) : '590']),
    ] as const) {
      await grid.press(key);
      await traced.idle();
      assert.equal(await current.innerText(), index);
      const isInSight = await current.evaluate((element) => {
        const [box, list] = [element, element.closest('.row-list')].map((one) =>
          one?.getBoundingClientRect(),
        );
        return box && list && box.top >= list.top - 1 && box.bottom <= list.bottom + 1;
      });
      assert.ok(isInSight, index);
    }
  });

  it('says to who searches which tokens were not searched', async () => {
    const search = traced.page.getByRole('textbox', { name: 'Search tokens' });
    await search.fill('refund');
    await traced.page.getByText(/^3 of 20 kept tokens match$/).waitFor();
    await traced.page.getByText(gone, { exact: true }).waitFor();
    await search.fill('nowhere');
    await traced.page.getByText('0 of 20 kept tokens match.').waitFor();
    await traced.page
      .getByText(/The other 580 are not in the file: look in the Response/)
      .waitFor();
    // Nobody asks there for what came in between.
    await search.fill('');
    await traced.page.getByRole('spinbutton', { name: 'To (ms)' }).fill('600');
    await traced.page.getByText(/^5 of 20 kept tokens match$/).waitFor();
    assert.equal(await traced.page.locator('.of-note').count(), 0);
  });

  it('says on hover what is gone, and how long the stream stood still meanwhile', async () => {
    const region = traced.page.getByRole('region', { name: 'Token timeline' });
    const box = await region.boundingBox();
    const hovered = async (share: number): Promise<string> => {
      await region.hover({ position: { x: share * (box?.width ?? 0), y: 90 } });
      return traced.page.locator('.tooltip:not([hidden])').innerText();
    };
    assert.match(await hovered(0.2), /^580 tokens between #9 and #590 were aggregated on /);
    assert.match(await hovered(0.5), /^No token for 9\.03 s\n580 tokens between/);
    const description = traced.page.locator('#token-timeline-summary');
    assert.match(
      (await description.textContent()) ?? '',
      /^600 tokens in 24\.6 s\. 20 of 600 tokens kept: aggregated\. 580 tokens between #9 and #590/,
    );
  });

  it('copies the whole response', async () => {
    await tab('Response');
    await traced.page.getByRole('button', { name: 'Copy Response' }).click();
    await traced.page.getByText('Response copied.').waitFor();
    assert.deepEqual(traced.copied, [tokens.map(({ text }) => text).join('')]);
  });

  it('plays what is kept without waiting for what is gone', async () => {
    const startMs = Date.now();
    await traced.page.getByRole('button', { name: 'Play', exact: true }).click();
    await traced.page
      .getByRole('status', { name: 'Replay progress' })
      .filter({ hasText: 'Token: 20/20' })
      .waitFor({ timeout: 15_000 });
    // 24 s long; some 1.2 s of it are kept.
    assert.ok(Date.now() - startMs < 15_000);
  });
});
