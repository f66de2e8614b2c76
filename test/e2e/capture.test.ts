import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openReader } from '../../src/formats/registry.js';
import { percentiles } from '../../src/model/percentiles.js';
import { defaultStallRule } from '../../src/model/stalls.js';
import { openTrace } from '../../src/store/openTrace.js';
import { type MockServer, startMockServer } from '../mock/mockServer.js';
import { accessibilityViolations } from './harness/accessibility.js';
import { CapturedAgent, countedText, prepareAgent, streamedText } from './harness/capturedAgent.js';
import { frameTimes, mockClockOffsetMs, shownTokens, watchTokens } from './harness/onScreen.js';
import type { TracePage } from './harness/tracePage.js';
import { Workbench } from './harness/workbench.js';

describe('a capture, from its start to its trace', () => {
  let mock: MockServer;
  let workbench: Workbench;
  let trace: TracePage;
  before(async () => {
    mock = await startMockServer();
    workbench = await Workbench.open((folder) => prepareAgent(folder, mock));
    trace = workbench.trace;
  });
  after(async () => {
    await workbench.close();
    await mock.close();
  });

  const statusBar = () => workbench.page.getByRole('button', { name: /^LLM streams: / });
  const print = (line: string): void => void process.stdout.write(`      ${line}\n`);

  it('starts with a captured terminal, and the status bar says where it listens', async () => {
    await workbench.runCommand('LLM Stream: Open Captured Terminal');
    await workbench.page.getByRole('button', { name: /^LLM streams: Capturing :\d+/ }).waitFor();
    await workbench.page.locator('.xterm.focus').waitFor();
    await workbench.screenshot('capture-started');
  });

  it('shows each token soon after it passed', async () => {
    await workbench.runCommand('LLM Stream: Show Capture');
    await trace.main.waitFor();
    await watchTokens(await trace.frame());
    await workbench.focusTerminal();
    const tokens = 200;
    const agent = await CapturedAgent.run(workbench, 'gpt-live', {
      ...{ text: countedText(tokens), headDelayMs: 1_500, gapsMs: [40, 55, 20, 70] },
    });
    await trace.step('gpt-live').waitFor();
    await workbench.screenshot('capture-live');
    const [heard] = await agent.heard();
    assert.ok(heard);
    assert.equal(streamedText(heard.text), countedText(tokens));
    await trace.whenProgress(/^Token: 200\/200 /);
    const offsetMs = mockClockOffsetMs();
    const written = mock.truths.find(heard.id)?.tokens ?? [];
    const shown = await shownTokens(await trace.frame());
    const delays = written.map(
      ({ writtenUs }, index) => (shown[index] ?? Infinity) - (writtenUs / 1_000 + offsetMs),
    );
    const { text, p50, p99 } = summary(delays);
    // The goal is for a machine that does nothing else; the limits leave room for one that does.
    print(`from passing the proxy to being on screen: ${text} (goal: p99 150 ms)`);
    assert.ok(p50 <= 400 && p99 <= 1_500, text);
  });

  it('stops following when the user scrolls away, and comes back on demand', async () => {
    await workbench.focusTerminal();
    const agent = await CapturedAgent.run(workbench, 'gpt-scrolled', {
      ...{ text: countedText(600), gapsMs: [20] },
    });
    await trace.step('gpt-scrolled').click();
    await trace.whenProgress(/^Token: \d{2,}\//);
    await trace.tokens.hover();
    await workbench.page.mouse.wheel(0, -2_000);
    await trace.button('Jump to latest').waitFor();
    const [position = ''] = /\d+/.exec((await trace.progress.textContent()) ?? '') ?? [];
    const later = new RegExp(`^Token: ${position}/(?!${position} )`);
    await trace.whenProgress(later);
    await trace.button('Jump to latest').click();
    await trace.whenProgress(/^Token: (\d+)\/\1 /);
    await agent.heard();
    await trace.whenProgress(/^Token: 600\/600 /);
  });

  it('stays smooth with ten streams at once', async () => {
    await workbench.focusTerminal();
    const agent = await CapturedAgent.run(
      ...([workbench, 'gpt-many', { text: countedText(300), gapsMs: [20] }, 10] as const),
    );
    await trace.step('gpt-many').click();
    await statusBar().filter({ hasText: '10 streams' }).waitFor();
    const times = await frameTimes(await trace.frame(), 3_000);
    await workbench.screenshot('capture-ten-streams');
    const { text, p95 } = summary(times);
    print(`from frame to frame: ${text}`);
    assert.ok(p95 <= 100, text);
    for (const heard of await agent.heard()) {
      assert.equal(streamedText(heard.text), countedText(300));
    }
  });

  it('looks like a part of VS Code in every theme', async () => {
    await workbench.page.getByRole('tab', { name: 'LLM Streams' }).click();
    await workbench.focusTerminal();
    const agent = await CapturedAgent.run(
      ...([workbench, 'gpt-themes', { text: countedText(300), gapsMs: [40] }, 2] as const),
    );
    await workbench.page.getByRole('treeitem', { name: /^Capture, trace.* 2 streams/ }).waitFor();
    await trace.step('gpt-themes').click();
    for (const theme of ['light', 'hc-light', 'hc-dark', 'dark'] as const) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`capture-${theme}`);
    }
    assert.deepEqual(await accessibilityViolations(trace), []);
    await agent.heard();
  });

  it('goes on while the window reloads: the agent hears every byte, the new window follows', async () => {
    await workbench.focusTerminal();
    // Longer than a window takes to reload on a slow machine.
    const tokens = 450;
    const agent = await CapturedAgent.run(workbench, 'gpt-reloaded', {
      ...{ text: countedText(tokens), gapsMs: [80] },
    });
    await trace.step('gpt-reloaded').click();
    await trace.whenProgress(/^Token: \d{2}\//);
    await workbench.reload();
    await workbench.page.getByRole('button', { name: /^LLM streams: Capturing :\d+/ }).waitFor();
    await trace.main.getByText('Streaming…').first().waitFor();
    await trace.whenProgress(/^Token: 450\/450 /);
    const [heard] = await agent.heard();
    assert.equal(streamedText(heard?.text ?? ''), countedText(tokens));
  });

  it('asks about open streams when it is stopped, and ends with a whole trace', async () => {
    await workbench.focusTerminal();
    await CapturedAgent.run(workbench, 'gpt-last', { text: countedText(300), gapsMs: [50] });
    await trace.step('gpt-last').waitFor();
    await workbench.runCommand('LLM Stream: Stop Capture');
    await workbench.message('1 stream is still open.').waitFor();
    await workbench.screenshot('capture-stopping');
    await workbench.page.getByRole('button', { name: 'Finish Them First' }).click();
    await workbench.page.getByRole('button', { name: 'Start a capture of LLM streams' }).waitFor();
    await trace.whenIdle();
    await trace.step(/gpt-last.*300 tokens/).waitFor();
    await trace.step(/gpt-live.*200 tokens/).waitFor();
    await trace.step(/gpt-reloaded.*450 tokens/).waitFor();
    await workbench.screenshot('capture-stopped');
  });
});

describe('a capture whose window is closed', () => {
  let mock: MockServer;
  before(async () => {
    mock = await startMockServer();
  });
  after(async () => {
    delete process.env['LLM_STREAM_DETACH_GRACE_SECONDS'];
    await mock.close();
  });

  it('finishes its open streams, ends, and leaves a whole trace', async () => {
    process.env['LLM_STREAM_DETACH_GRACE_SECONDS'] = '1';
    const kept = await mkdtemp(join(tmpdir(), 'llm-stream-kept-'));
    const workbench = await Workbench.open((folder) =>
      prepareAgent(folder, mock, { 'llmStream.capture.folder': kept }),
    );
    await workbench.runCommand('LLM Stream: Start Capture');
    const item = workbench.page.getByRole('button', { name: /^LLM streams: Capturing :\d+/ });
    const port = /:(\d+)/.exec((await item.textContent()) ?? '')?.[1] ?? '';
    const url = `http://127.0.0.1:${port}/openai/chat/completions`;
    const tokens = 120;
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-mock-scenario': JSON.stringify({ text: countedText(tokens), gapsMs: [50] }),
      },
      body: JSON.stringify({ model: 'gpt-alone', stream: true, messages: [] }),
    });
    await workbench.close();
    assert.equal(streamedText(await response.text()), countedText(tokens));
    const log = async (): Promise<string | undefined> =>
      (await readdir(kept)).find((name) => name.endsWith('-log'));
    while ((await log()) !== undefined) await delay(50);
    const [file = ''] = await readdir(kept);
    const opened = await openTrace({
      source: { kind: 'path', path: join(kept, file) },
      ...{ openReader, stallRule: defaultStallRule, keys: [] },
    });
    assert.equal(opened.summary().runs[0]?.tokenCount, tokens);
    opened.close();
    await rm(kept, { recursive: true });
  });
});

function summary(values: readonly number[]) {
  const found = percentiles(Float64Array.from(values).sort());
  assert.ok(found, 'nothing was measured');
  const { p50, p95, p99, max } = found;
  const [half, most, nearlyAll, all] = [p50, p95, p99, max].map((value) => value.toFixed(0));
  const text = `p50 ${half} ms, p95 ${most} ms, p99 ${nearlyAll} ms, max ${all} ms`;
  return { text, p50, p95, p99 };
}
