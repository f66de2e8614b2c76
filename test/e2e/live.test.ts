import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { accessibilityViolations } from './harness/accessibility.js';
import { StreamWriter, liveModel, liveTrace, writeLiveTrace } from './harness/liveTrace.js';
import type { TracePage } from './harness/tracePage.js';
import { Workbench } from './harness/workbench.js';

describe('a trace that another process writes', () => {
  let workbench: Workbench;
  let trace: TracePage;
  let writer: StreamWriter;
  before(async () => {
    workbench = await Workbench.open(writeLiveTrace);
    trace = await workbench.openTrace(liveTrace);
    writer = new StreamWriter(workbench.folder);
  });
  after(async () => {
    await writer.close();
    await workbench.close();
  });

  const live = () => trace.main.getByRole('group', { name: 'Live' });
  const currentToken = () => trace.tokens.locator('[aria-selected="true"] .token-text');

  /** Settles with the time, in ms since the epoch, at which the page shows the newest of so many tokens. */
  const shownAt = async (count: number): Promise<number> => {
    const frame = await trace.frame();
    const shown = await frame.waitForFunction((beginning) => {
      const progress = document.querySelector('[aria-label="Replay progress"]')?.textContent;
      return progress?.startsWith(beginning) ? Date.now() : null;
    }, `Token: ${count}/${count} `);
    return (await shown.jsonValue()) ?? Infinity;
  };

  it('says that a call streams before its first token', async () => {
    await trace.step(liveModel).waitFor();
    await live().getByText('Streaming…').waitFor();
    await trace.main.getByText('No token has come yet.').first().waitFor();
  });

  it('shows tokens within a second of their commit, and follows them', async () => {
    const delays: number[] = [];
    for (const count of [1, 2, 10, 40, 41, 99, 101, 150, 151]) {
      const shown = shownAt(count);
      const committed = await writer.tokens(count);
      delays.push(Math.round((await shown) - committed));
      await currentToken()
        .filter({ hasText: `tok·${count}` })
        .waitFor();
    }
    process.stdout.write(`      commit to page: ${delays.join(', ')} ms\n`);
    const median = delays.toSorted((a, b) => a - b)[Math.floor(delays.length / 2)] ?? Infinity;
    assert.ok(median <= 1_000, `half of the commits were shown later than ${median} ms`);
    assert.ok(!(await trace.button('Jump to latest').isVisible()));
    await workbench.screenshot('live-following');
  });

  it('keeps the chosen token in its place until "Jump to latest"', async () => {
    await trace.tokenRows.filter({ hasText: 'tok·147' }).click();
    await trace.whenIdle();
    const list = trace.tokens.locator('.row-list');
    const top = await list.evaluate(({ scrollTop }) => scrollTop);
    await writer.tokens(180);
    await trace.progress.filter({ hasText: 'Token: 147/180 ' }).waitFor();
    await trace.whenIdle();
    assert.equal(await list.evaluate(({ scrollTop }) => scrollTop), top);
    assert.match(await currentToken().innerText(), /147/);
    await workbench.screenshot('live-elsewhere');
    assert.deepEqual(await accessibilityViolations(trace), []);
    await trace.button('Jump to latest').click();
    await trace.progress.filter({ hasText: 'Token: 180/180 ' }).waitFor();
    await writer.tokens(190);
    await trace.progress.filter({ hasText: 'Token: 190/190 ' }).waitFor();
  });

  it('says when its file is away, and goes on by itself when it is back', async () => {
    const path = join(workbench.folder, liveTrace);
    const parts = ['', '-wal', '-shm'];
    const away = join(workbench.folder, 'away');
    for (const part of parts) await rename(path + part, away + part);
    const again = trace.button('Try Again');
    await again.waitFor();
    await workbench.screenshot('live-lost');
    await trace.progress.filter({ hasText: 'Token: 190/190 ' }).waitFor();
    for (const part of parts.toReversed()) await rename(away + part, path + part);
    await again.waitFor({ state: 'detached' });
  });

  it('is a usual call within a second of its end', async () => {
    const committed = await writer.end();
    await live().waitFor({ state: 'hidden' });
    const delay = Math.round(Date.now() - committed);
    assert.ok(delay <= 1_000, `the end was shown after ${delay} ms`);
    await trace.tabOf('Statistics').click();
    await trace.figure('Finish reason').filter({ hasText: 'stop' }).waitFor();
    await trace.progress.filter({ hasText: 'Token: 190/190 ' }).waitFor();
  });
});
