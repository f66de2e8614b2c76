import assert from 'node:assert/strict';
import { formatTime } from '../../src/model/formatting.js';
import { type RunDetail, runKey, stepKey } from '../../src/model/trace.js';
import { epochMicroseconds, microseconds } from '../../src/model/units.js';
import { TraceError } from '../../src/protocol/errors.js';
import type { PageAction } from '../../src/protocol/pageMessages.js';
import { pictureTrace, stallRule } from './syntheticTrace.js';
import type { TraceSource } from './traceSource.js';
import { pageFixture } from './pageFixture.js';
import type { PageOptions, TracePage } from './tracePage.js';

describe('the page around its parts', () => {
  const openPage = pageFixture();
  let traced: TracePage;

  const open = async (options: Partial<PageOptions> = {}): Promise<TracePage> =>
    (traced = await openPage(options));
  const selected = (): Promise<string> =>
    traced.page.locator('.run-row[aria-current="true"]').innerText();
  const progress = (): Promise<string> =>
    traced.page.getByRole('status', { name: 'Replay progress' }).innerText();

  it('says in numbers what a run was like, and what each means', async () => {
    await open();
    const figures = traced.page.locator('.figure');
    assert.deepEqual(await figures.allInnerTexts().then((texts) => texts.map(oneLine)), [
      'TTFT p50 280 ms',
      'tok/s 29.4',
      'ICL p50 / p95 22 / 60 ms',
      'stall 1',
      'failed 1',
    ]);
    assert.match((await figures.first().getAttribute('title')) ?? '', /Formula: p50 of TTFT/);
  });

  it('shows another run when it is chosen', async () => {
    await open({ source: twoRuns() });
    const runs = traced.page.getByRole('combobox', { name: 'Runs' });
    const start = formatTime(epochMicroseconds(1_772_460_131_000_000));
    assert.deepEqual(await runs.getByRole('option').allTextContents(), [
      `support ticket 1008 · ${start} · 4 calls · 9.90 s`,
      `small talk · ${start} · 1 call · running`,
    ]);
    await runs.selectOption({ index: 1 });
    await traced.idle();
    assert.match(await selected(), /llama3\.2:3b/);
    assert.deepEqual(traced.selected.at(-1), { run: 2, step: 7, token: null });
  });

  it('offers what helps when the trace cannot be opened', async () => {
    const asked: PageAction[] = [];
    await open({
      state: {
        status: 'failed',
        fileName: 'secret.db',
        error: {
          code: 'key-needed',
          message: 'This trace is encrypted. Enter its key.',
          detail: null,
        },
        actions: ['enterKey', 'showLog'],
      },
      onAction: (action) => asked.push(action),
    });
    await traced.page.getByRole('heading', { name: 'secret.db' }).waitFor();
    await traced.page
      .getByRole('alert')
      .getByText('This trace is encrypted. Enter its key.')
      .waitFor();
    await traced.page.getByRole('button', { name: 'Enter Key…' }).click();
    await traced.page.getByRole('button', { name: 'Show Log' }).click();
    await traced.idle();
    assert.deepEqual(asked, ['enterKey', 'showLog']);
  });

  it('shows how far a large file is, and lets it be cancelled', async () => {
    const asked: PageAction[] = [];
    await open({
      state: {
        status: 'loading',
        fileName: 'big.llmtrace',
        fraction: 0.42,
        what: 'Reading the file…',
      },
      onAction: (action) => asked.push(action),
    });
    await traced.page.getByText('Reading the file… 42 %').waitFor();
    await traced.page.getByRole('button', { name: 'Cancel' }).click();
    assert.deepEqual(asked, ['cancel']);
  });

  it('keeps selection, position and viewport when the file changes', async () => {
    const source = pictureTrace();
    let generation = 1;
    await open({ source: { ...source, run: (params) => changed(source.run(params), generation) } });
    await traced.page.getByRole('button', { name: /120 tokens/ }).click();
    await traced.page.keyboard.press('+');
    await traced.page.getByRole('button', { name: 'Next token' }).click();
    await traced.page.getByRole('button', { name: 'Next token' }).click();
    await traced.idle();
    const before = await traced.savedState();
    generation = 2;
    traced.host.notify('state', {
      status: 'ready',
      summary: { ...source.summary, generation },
      sourceLost: null,
    });
    await traced.page.locator('main[data-generation="2"]').waitFor();
    await traced.idle();
    assert.match(await selected(), /claude-sonnet-4-5/);
    assert.match(await progress(), /^Token: 2\/120 /);
    assert.deepEqual(await traced.savedState(), before);
  });

  it('is where it was after a reload', async () => {
    await open();
    await traced.page.getByRole('button', { name: /120 tokens/ }).click();
    await traced.page.keyboard.press('+');
    await traced.page.getByRole('tab', { name: 'Statistics' }).click();
    await traced.page.getByRole('combobox', { name: 'Speed' }).selectOption('5×');
    await traced.page.getByRole('button', { name: 'Next token' }).click();
    await traced.idle();
    const savedState = await traced.savedState();
    await traced.close();
    await open({ savedState });
    assert.deepEqual(await traced.savedState(), savedState);
    assert.match(await selected(), /claude-sonnet-4-5/);
    assert.match(await progress(), /^Token: 1\/120 /);
    await traced.page.getByRole('tab', { name: 'Statistics', selected: true }).waitFor();
  });

  it('goes where the host says, and plays there', async () => {
    await open({ reveal: { run: runKey(1), step: stepKey(7), token: 199, play: true } });
    assert.match(await selected(), /llama3\.2:3b/);
    await traced.page.getByText(/^Token: 212\/212 /).waitFor();
    traced.host.notify('reveal', { run: runKey(1), step: stepKey(2), token: 4, play: false });
    await traced.page.getByText(/^Token: 5\/45 /).waitFor();
  });

  it('says that something was copied', async () => {
    await open();
    await traced.page.getByRole('button', { name: 'Copy token' }).nth(2).click();
    await traced.page
      .getByRole('status', { name: 'Notice' })
      .getByText(/copied\.$/)
      .waitFor();
    assert.deepEqual(traced.copied, [' left']);
  });

  it('tells why a call could not be read, and tries again', async () => {
    const source = pictureTrace();
    let fails = true;
    await open({
      source: {
        ...source,
        tokens: (params) => {
          if (fails) throw new TraceError('corrupt', 'The tokens are damaged. Restore the file.');
          return source.tokens(params);
        },
      },
    });
    const sentence = traced.page.locator('.banner', { hasText: 'The tokens are damaged.' }).last();
    await sentence.waitFor();
    fails = false;
    await sentence.getByRole('button', { name: 'Try Again' }).click();
    await traced.page.getByText(/^Token: 0\/45 /).waitFor();
  });

  it('keeps the data when the file is gone, and says so', async () => {
    await open();
    const { summary } = pictureTrace();
    const sourceLost = {
      code: 'not-found' as const,
      message: 'The file was deleted.',
      detail: null,
    };
    traced.host.notify('state', { status: 'ready', summary, sourceLost });
    await traced.page.getByText(sourceLost.message).waitFor();
    await traced.page.getByRole('button', { name: /45 tokens/ }).waitFor();
  });

  it('says what was found while the run was read', async () => {
    const source = pictureTrace();
    const note = 'Tokens of 2 calls are missing in the file.';
    await open({
      source: { ...source, run: (params) => ({ ...source.run(params), notices: [note] }) },
    });
    await traced.page.getByText(note).waitFor();
  });

  it('takes over a new page size and asks for stalls by a new rule', async () => {
    const source = pictureTrace();
    let asked = 0;
    let askedAgain: () => void = () => undefined;
    const again = new Promise<void>((resolve) => (askedAgain = resolve));
    await open({
      source: {
        ...source,
        run: (params) => {
          asked++;
          if (asked === 2) askedAgain();
          return source.run(params);
        },
      },
    });
    traced.host.notify('settings', { stallRule, pageSize: 20 });
    await traced.page.getByText('1 / 3').waitFor();
    assert.equal(asked, 1);
    traced.host.notify('settings', {
      stallRule: { ...stallRule, minimumUs: microseconds(100_000) },
      pageSize: 20,
    });
    await again;
  });

  it('moves among its tabs with the arrow keys', async () => {
    await open();
    await traced.page.getByRole('tab', { name: 'Tokens' }).press('ArrowRight');
    await traced.page.getByRole('tab', { name: 'Statistics', selected: true }).waitFor();
    await traced.page.keyboard.press('End');
    await traced.page.getByRole('tab', { name: 'Raw', selected: true }).waitFor();
    await traced.page.keyboard.press('ArrowRight');
    await traced.page.getByRole('tab', { name: 'Tokens', selected: true }).waitFor();
    assert.ok(await traced.page.evaluate(() => document.activeElement?.textContent === 'Tokens'));
  });
});

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** The same run as it would be read anew: with other keys. */
function changed(detail: RunDetail, generation: number): RunDetail {
  return { ...detail, generation, steps: detail.steps.map((step) => ({ ...step })) };
}

/** The pictures' run and one of a single call that goes on. */
function twoRuns(): TraceSource {
  const source = pictureTrace();
  const first = source.run({ run: runKey(1) });
  const summary = {
    ...first.run,
    key: runKey(2),
    id: 'run-2',
    name: 'small talk',
    status: 'running' as const,
    endedAtUs: null,
    callCount: 1,
  };
  const second = {
    ...first,
    run: summary,
    steps: first.steps.filter((step) => step.call?.model === 'llama3.2:3b'),
  };
  return {
    ...source,
    summary: { ...source.summary, runs: [first.run, summary] },
    run: ({ run }) => (run === summary.key ? second : first),
  };
}
