import assert from 'node:assert/strict';
import { supportTrace, tokenNumber, writeSupportTrace } from './harness/supportTrace.js';
import type { TracePage } from './harness/tracePage.js';
import { Workbench } from './harness/workbench.js';

describe('token list', () => {
  let workbench: Workbench;
  let trace: TracePage;
  before(async () => {
    workbench = await Workbench.open(writeSupportTrace);
    trace = await workbench.openTrace(supportTrace);
    await trace.selectStep(/gpt-4o-mini/);
    await trace.tabOf('Tokens').click();
  });
  after(() => workbench.close());

  const rowsOf = (count: number): Promise<void> =>
    // Matching tokens only: the header is not counted (ui.md).
    trace.tokens.and(workbench.page.locator(`[aria-rowcount="${count}"]`)).waitFor();
  const field = (name: string) => trace.main.getByLabel(name, { exact: true });

  it('lists every token with time and delta', async () => {
    await rowsOf(45);
    const row = trace.tokenRows.filter({ hasText: '620' }).first();
    const text = await row.innerText();
    assert.match(text, /12/);
    assert.match(text, /40/);
    for (const name of ['Index', 'Token', 'Time', 'Delta', 'Kind']) {
      await trace.tokens.getByRole('columnheader', { name }).waitFor();
    }
  });

  it('finds tokens by their text', async () => {
    await field('Search tokens').fill(tokenNumber(12).trim());
    await rowsOf(1);
    await field('Search tokens').fill('');
    await rowsOf(45);
  });

  it('says when nothing is found', async () => {
    await field('Search tokens').fill('no such token');
    await rowsOf(0);
    await trace.main.getByText('0 of 45 tokens match').first().waitFor();
    await field('Search tokens').fill('');
    await rowsOf(45);
  });

  it('shows only a time range', async () => {
    await field('From (ms)').fill('600');
    await field('To (ms)').fill('700');
    await rowsOf(3);
    await field('From (ms)').fill('');
    await field('To (ms)').fill('');
    await rowsOf(45);
  });

  it('copies a token', async () => {
    await trace.tokenRows.filter({ hasText: '620' }).first().hover();
    await trace.tokenRows
      .filter({ hasText: '620' })
      .first()
      .getByRole('button', { name: 'Copy token' })
      .click();
    await workbench.page.waitForFunction(
      async (expected) => (await navigator.clipboard.readText()) === expected,
      tokenNumber(12),
    );
  });

  it('moves the position everywhere when a row is clicked', async () => {
    await trace.tokenRows.filter({ hasText: '620' }).first().click();
    await trace.whenProgress('Token: 12/45 Time: 620ms / 2304ms');
  });

  it('pages through a long answer and keeps few rows in the page', async () => {
    const demo = await workbench.openTrace('demo.llmtrace');
    const long = /20,000 tokens/;
    const runs = await demo.runs.getByRole('option').allTextContents();
    for (const run of runs) {
      await demo.runs.selectOption(run);
      await demo.whenIdle();
      if ((await demo.step(long).count()) > 0) break;
    }
    await demo.selectStep(long);
    await demo.tabOf('Tokens').click();
    await demo.main.getByLabel('Page size').selectOption('1000');
    await demo.whenIdle();
    assert.ok((await demo.tokenRows.count()) <= 60, 'more than 60 rows are in the page');
    const first = await demo.tokenRows.first().innerText();
    await demo.button('Next page').click();
    await demo.tokenRows.first().filter({ hasNotText: first }).waitFor();
    await demo.button('Previous page').click();
    await demo.whenIdle();
    assert.equal(await demo.tokenRows.first().innerText(), first);
  });
});
