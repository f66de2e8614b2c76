import assert from 'node:assert/strict';
import { TokenKind, columnsOf } from '../../src/model/tokens.js';
import { type StepDetail, runKey, stepKey } from '../../src/model/trace.js';
import { microseconds } from '../../src/model/units.js';
import { SyntheticTrace, stream } from './syntheticTrace.js';
import type { TraceSource } from './traceSource.js';
import { pageFixture } from './pageFixture.js';
import type { TracePage } from './tracePage.js';

describe('token list, statistics and texts in the page', () => {
  const openPage = pageFixture();
  let traced: TracePage;

  async function open(source: TraceSource, token: number | null = null): Promise<void> {
    const reveal = { run: runKey(1), step: stepKey(1), token, play: false };
    traced = await openPage({ source, reveal });
  }
  const many = (count: number): TraceSource => {
    const trace = new SyntheticTrace('many');
    trace.call(
      { name: 'gpt-4.1', startMs: 0 },
      stream(count, 100, () => 10),
    );
    return trace.source();
  };
  const grid = () => traced.page.getByRole('grid', { name: 'Tokens' });
  const rows = () => grid().locator('[role="row"]:has([role="gridcell"])');
  const field = (name: string) => traced.page.getByLabel(name, { exact: true });
  const rowCount = async (): Promise<number> => {
    await traced.idle();
    return Number(await grid().getAttribute('aria-rowcount'));
  };
  const fill = async (name: string, text: string): Promise<void> => {
    await field(name).fill(text);
    await traced.idle();
  };
  const current = () => grid().getByRole('row', { selected: true });
  const button = (name: string) => traced.page.getByRole('button', { name, exact: true });

  it('counts every token and holds few rows', async () => {
    await open(many(10_000));
    assert.equal(await rowCount(), 10_000);
    await field('Page size').selectOption('All');
    await traced.idle();
    assert.ok((await rows().count()) <= 60);
    await grid().focus();
    await traced.page.keyboard.press('End');
    await traced.idle();
    assert.equal(await current().getAttribute('aria-rowindex'), '10000');
    assert.ok((await rows().count()) <= 60);
    const order = await rows().evaluateAll((all) =>
      all.map((row) => Number(row.getAttribute('aria-rowindex'))),
    );
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
      'rows stand in the order of reading',
    );
  });

  it('has a header whose columns are named', async () => {
    await open(many(50));
    const names = ['Index', 'Token', 'Time', 'Delta', 'Kind'];
    for (const name of names) await grid().getByRole('columnheader', { name }).waitFor();
    assert.equal(await grid().getByRole('columnheader').count(), names.length);
    const cells = await rows().nth(1).getByRole('gridcell').allInnerTexts();
    assert.deepEqual(cells.slice(0, 4), ['1', '·parcel', '110.0', '+10.0']);
  });

  it('searches, marks and counts what matches', async () => {
    await open(many(400));
    await fill('Search tokens', 'PARCEL');
    assert.equal(await rowCount(), 5);
    assert.equal(await rows().first().locator('mark').innerText(), 'parcel');
    await traced.page.getByText('5 of 400 tokens match').waitFor();
    await fill('Search tokens', 'no such token');
    assert.equal(await rowCount(), 0);
    await traced.page.getByText('0 of 400 tokens match').first().waitFor();
    await button('Clear search and range').click();
    assert.equal(await rowCount(), 400);
    assert.equal(await field('Search tokens').inputValue(), '');
  });

  it('goes from match to match with Enter', async () => {
    await open(many(400));
    await field('Search tokens').fill('refund');
    await traced.page.keyboard.press('Enter');
    await traced.idle();
    const first = await current().getAttribute('aria-rowindex');
    await traced.page.keyboard.press('Enter');
    await traced.idle();
    assert.equal(first, '1');
    assert.equal(await current().getAttribute('aria-rowindex'), '2');
    await traced.page.keyboard.press('Shift+Enter');
    await traced.idle();
    assert.equal(await current().getAttribute('aria-rowindex'), '1');
  });

  it('keeps to a time range', async () => {
    await open(many(400));
    await field('From (ms)').fill('200');
    await field('To (ms)').fill('250');
    assert.equal(await rowCount(), 6);
    await fill('From (ms)', '300');
    await traced.page.getByText('“From” is later than “To”: no token can match.').waitFor();
  });

  it('begins at the top of another call, and on its first page', async () => {
    const trace = new SyntheticTrace('two calls');
    for (const startMs of [0, 5_000]) {
      trace.call(
        { name: `call at ${startMs}`, startMs },
        stream(250, 100, () => 10),
      );
    }
    await open(trace.source());
    await button('Next page').click();
    await traced.idle();
    await grid().hover();
    await traced.page.mouse.wheel(0, 1_000);
    await rows()
      .first()
      .and(traced.page.locator('[aria-rowindex="101"]'))
      .waitFor({ state: 'detached' });
    await traced.page.getByRole('button', { name: /call at 5000/ }).click();
    await traced.idle();
    await traced.page.getByText('1 / 3').waitFor();
    assert.equal(await rows().first().getAttribute('aria-rowindex'), '1');
    assert.equal(
      await grid()
        .getByRole('rowgroup')
        .last()
        .evaluate((list) => list.scrollTop),
      0,
    );
  });

  it('turns pages, and stays on the page that was turned to', async () => {
    await open(many(250), 3);
    assert.equal(await button('Previous page').isDisabled(), true);
    await button('Next page').click();
    await traced.idle();
    assert.equal(await rows().first().getAttribute('aria-rowindex'), '101');
    await button('Next page').click();
    await traced.page.getByText('3 / 3').waitFor();
    assert.equal(await button('Next page').isDisabled(), true);
    // A step brings the page of the current token back.
    await button('Next token').click();
    await traced.page.getByText('1 / 3').waitFor();
  });

  it('moves the current token with the arrow keys and brings it into view', async () => {
    await open(many(250));
    await grid().focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp']) await traced.page.keyboard.press(key);
    await traced.page.getByText(/^Token: 1\/250 /).waitFor();
    await traced.page.keyboard.press('End');
    await traced.page.getByText(/^Token: 250\/250 /).waitFor();
    await traced.page.getByText('3 / 3').waitFor();
    const active = await grid().getAttribute('aria-activedescendant');
    assert.equal(active, await current().getAttribute('id'));
    await traced.page.keyboard.press('Home');
    await traced.page.getByText(/^Token: 1\/250 /).waitFor();
  });

  it('copies a whole token', async () => {
    const trace = new SyntheticTrace('large');
    const large = ' z'.repeat(500_000);
    trace.call(
      { name: 'gpt-4.1', startMs: 0 },
      columnsOf([
        { offsetUs: microseconds(1_000), text: large, kind: TokenKind.text },
        { offsetUs: microseconds(2_000), text: ' two\n', kind: TokenKind.text },
      ]),
    );
    await open(trace.source());
    await rows().first().getByRole('button', { name: 'Copy token' }).click();
    await rows().nth(1).getByRole('button', { name: 'Copy token' }).click();
    await traced.idle();
    assert.deepEqual(
      traced.copied.map((text) => text.length),
      [1_000_000, 5],
    );
    assert.match(await rows().first().innerText(), /999,700 more characters/);
    assert.match(await rows().nth(1).innerText(), /·two↵/);
  });

  it('explains each figure on hover and on demand', async () => {
    await open(many(45));
    await traced.page.getByRole('tab', { name: 'Statistics' }).click();
    const table = traced.page.getByRole('table', { name: 'Statistics' });
    const ttft = table.getByRole('row', { name: /^TTFT/ });
    assert.match(await ttft.innerText(), /100 ms/);
    assert.match((await ttft.getAttribute('title')) ?? '', /Formula: first chunk with content/);
    await ttft.getByRole('button').press('Enter');
    await table.getByText('first chunk with content − request sent').waitFor();
    await traced.page.getByText(/^Times were measured at the capture proxy\./).waitFor();
  });

  const withSections = (sections: StepDetail['sections']): TraceSource => ({
    ...many(5),
    step: ({ step }) => ({ key: step, sections }),
  });

  it('folds JSON, by mouse and keyboard, and shows the text of the file', async () => {
    const text = '{"messages": [{"role": "user", "content": "<b>one</b>\\ntwo"}], "n": 1.50}';
    await open(withSections([{ title: 'Request', format: 'json', text, cutFrom: null }]));
    await traced.page.getByRole('tab', { name: 'Request' }).click();
    const body = traced.page.getByRole('group', { name: 'Request' });
    await body.getByText('"<b>one</b>').waitFor();
    assert.equal(await body.locator('b').count(), 0);
    await body.locator('summary').first().press('Enter');
    await body.getByText('"<b>one</b>').waitFor({ state: 'hidden' });
    await button('Text').click();
    assert.equal(await body.textContent(), text);
    await button('Copy Request').click();
    await traced.idle();
    assert.deepEqual(traced.copied, [text]);
  });

  it('unfolds a long list piece by piece', async () => {
    const text = JSON.stringify({ list: Array.from({ length: 5_000 }, (_, at) => `item ${at}`) });
    await open(withSections([{ title: 'Raw', format: 'json', text, cutFrom: null }]));
    await traced.page.getByRole('tab', { name: 'Raw' }).click();
    const body = traced.page.getByRole('group', { name: 'Raw' });
    await body.locator('summary', { hasText: 'list' }).click();
    await body.getByText('"item 199"').waitFor();
    assert.equal(await body.locator('.json-line').count(), 200);
    await body.getByRole('button', { name: 'Show more (4,800 left)' }).click();
    await body.getByText('"item 399"').waitFor();
    const focused = traced.page.locator('.json-line:focus');
    assert.equal(await focused.textContent(), '200: "item 200"');
  });

  it('follows a fast replay a few times a second, and is at the right token when it pauses', async () => {
    await open(many(20_000));
    await traced.page.getByRole('combobox', { name: 'Speed' }).selectOption('10×');
    const counted = grid().evaluate(async (element) => {
      let changes = 0;
      const observer = new MutationObserver((records) => (changes += records.length));
      observer.observe(element, { attributeFilter: ['aria-activedescendant'] });
      const start = performance.now();
      let frame = start;
      while (changes < 8) frame = await new Promise<number>(requestAnimationFrame);
      observer.disconnect();
      return { changes, elapsedMs: frame - start };
    });
    await traced.page.getByRole('button', { name: 'Play' }).click();
    const { changes, elapsedMs } = await counted;
    assert.ok(changes <= elapsedMs / 100 + 4, `${changes} changes in ${elapsedMs} ms`);
    await traced.page.getByRole('button', { name: 'Pause' }).click();
    await traced.idle();
    const words = await traced.page.getByRole('status', { name: 'Replay progress' }).innerText();
    const current = grid().locator('[aria-selected="true"] .token-index');
    assert.equal(words.match(/Token: (\d+)/)?.[1], String(Number(await current.innerText()) + 1));
  });

  it('cuts no index, tab or page button at any width', async () => {
    for (const width of [320, 360, 700, 900, 1180, 2560]) {
      const reveal = { run: runKey(1), step: stepKey(1), token: 19_999, play: false };
      traced = await openPage({ source: many(20_000), reveal, width });
      await traced.page.getByRole('tab', { name: 'Tokens' }).click();
      await traced.idle();
      const cut = await traced.page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('.token-index, .token-pages, .tabs, main')]
          .filter((part) => part.scrollWidth > part.clientWidth)
          .map((part) => part.className),
      );
      assert.deepEqual(cut, [], `${width} px`);
      const lines = await traced.page.evaluate(() =>
        ['.token-pages > :first-child', '.token-pages > :last-child'].map(
          (part) => document.querySelector(part)?.getBoundingClientRect().bottom ?? 0,
        ),
      );
      assert.ok(Math.abs((lines[0] ?? 0) - (lines[1] ?? 0)) < 8, `${width} px: ${lines.join()}`);
    }
  });

  it('shows the beginning of a huge text and says how much there is', async () => {
    const text = 'word '.repeat(200_000);
    await open(withSections([{ title: 'Raw', format: 'text', text, cutFrom: 9_000_000 }]));
    await traced.page.getByRole('tab', { name: 'Raw' }).click();
    await traced.page.getByText('The first 1,000,000 of 9,000,000 characters.').waitFor();
  });
});
