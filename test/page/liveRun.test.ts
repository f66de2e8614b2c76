import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { pageFixture } from './pageFixture.js';
import { StreamingRun } from './streamingRun.js';
import type { TracePage } from './tracePage.js';

describe('a run in which many calls stream', () => {
  const openPage = pageFixture();
  let run: StreamingRun;
  let traced: TracePage;

  async function open(tokens: number, ended = 12): Promise<void> {
    run = new StreamingRun({ ended, streaming: 3, tokens });
    traced = await openPage({ source: run.source });
  }

  async function grow(by: number): Promise<void> {
    const state = run.grow(by);
    assert.equal(state.status, 'ready');
    traced.host.notify('state', state);
    await traced.page.locator(`main[data-generation="${state.summary.generation}"]`).waitFor();
  }

  const region = (): Locator => traced.page.getByRole('region', { name: 'Run timeline' });
  const row = (name: string | RegExp): Locator => region().getByRole('button', { name });
  const jump = (): Locator => traced.page.getByRole('button', { name: 'Jump to latest' });

  it('keeps the elements of its rows, and the focus', async () => {
    await open(10);
    await row(/agent-1/).focus();
    await traced.page.evaluate(() => {
      const rows = [...document.querySelectorAll('.run-row')];
      Object.assign(window, { rows });
    });
    for (const by of [5, 5, 5]) await grow(by);
    await row(/agent-1.*25 tokens/).waitFor();
    const isSame = await traced.page.evaluate(() => {
      const { rows } = window as unknown as { rows: Element[] };
      const now = [...document.querySelectorAll('.run-row')];
      return now.length === rows.length && now.every((element, at) => element === rows[at]);
    });
    assert.ok(isSame);
    const focused = await traced.page.evaluate(() => document.activeElement?.textContent);
    assert.match(focused ?? '', /agent-1/);
  });

  it('says how long nothing has come, and goes on saying it', async () => {
    await open(10);
    const waiting = /waiting (\d+\.\d) s…/;
    await row(/agent-1.*waiting \d+\.\d s…/).waitFor();
    const first = waiting.exec(await row(/agent-1/).innerText())?.[1];
    await row(/agent-1/)
      .filter({ hasNotText: `waiting ${first}` })
      .waitFor();
    const second = waiting.exec(await row(/agent-1/).innerText())?.[1];
    assert.ok(Number(second) > Number(first), `${first} s, then ${second} s`);
    assert.match(await traced.page.locator('.live-waiting').innerText(), waiting);
    const grownAtMs = performance.now();
    await grow(5);
    const label = await row(/agent-1.*streaming, 15 tokens/).innerText();
    const sinceMs = performance.now() - grownAtMs;
    // Begins anew; under a second nothing is said.
    assert.ok(Number(waiting.exec(label)?.[1] ?? 0) * 1_000 <= sinceMs + 100, label);
  });

  it('stays where the user zoomed to, and comes back by "Jump to latest"', async () => {
    await open(10);
    await row(/gpt-4o-mini/)
      .first()
      .click();
    await row(/gpt-4o-mini/)
      .first()
      .press('+');
    await jump().waitFor();
    const view = async (): Promise<unknown> => {
      await traced.idle();
      return ((await traced.savedState()) as { viewport: { runView: unknown } }).viewport.runView;
    };
    const before = await view();
    await grow(50);
    assert.deepEqual(await view(), before);
    await jump().click();
    assert.equal(await view(), null);
    assert.equal(await jump().isVisible(), false);
  });

  it('lets the response grow without taking selection and place', async () => {
    await open(3_000);
    await traced.page.getByRole('tab', { name: 'Response' }).click();
    const body = traced.page.getByRole('group', { name: 'Response' });
    await body.evaluate((element) => {
      element.scrollTop = 200;
      getSelection()?.selectAllChildren(element.querySelector('.long-text-chunk') ?? element);
    });
    const selected = (): Promise<string> =>
      traced.page.evaluate(() => getSelection()?.toString() ?? '');
    const before = await selected();
    assert.match(before, /^word0 word1 /);
    await grow(100);
    await body.getByText(/word3099/).waitFor({ state: 'attached' });
    assert.equal(await selected(), before);
    assert.equal(await body.evaluate(({ scrollTop }) => scrollTop), 200);
  });

  it('changes figures in place', async () => {
    await open(30);
    await traced.page.getByRole('tab', { name: 'Statistics' }).click();
    const table = traced.page.getByRole('table', { name: 'Statistics' });
    const total = await table.locator('.statistics-value').first().elementHandle();
    assert.equal(await total?.innerText(), '30');
    await grow(12);
    await table.getByText('42', { exact: true }).first().waitFor();
    assert.equal(await total?.innerText(), '42');
  });
});
