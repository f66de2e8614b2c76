import assert from 'node:assert/strict';
import { type MockServer, startMockServer } from '../mock/mockServer.js';
import { accessibilityViolations } from './harness/accessibility.js';
import { CapturedAgent, countedText, prepareAgent } from './harness/capturedAgent.js';
import { Workbench } from './harness/workbench.js';

describe('the health of a capture, in the view "LLM Streams"', () => {
  let mock: MockServer;
  let workbench: Workbench;
  before(async () => {
    mock = await startMockServer();
    const settings = { 'llmStream.capture.tokenSampleRate': 0.1 };
    workbench = await Workbench.open((folder) => prepareAgent(folder, mock, settings));
  });
  after(async () => {
    await workbench.close();
    await mock.close();
  });

  const item = (name: string | RegExp) => workbench.page.getByRole('treeitem', { name });

  it('follows what is stored and what is left out, in every theme', async () => {
    const { page } = workbench;
    await workbench.runCommand('LLM Stream: Open Captured Terminal');
    await page.locator('.xterm.focus').waitFor();
    await page.getByRole('tab', { name: 'LLM Streams' }).first().click();
    await item(/^Capture, trace, being written/).click();
    await page.keyboard.press('ArrowRight');
    await item('Health of the capture: no problems').click();
    await page.keyboard.press('ArrowRight');
    await item('Tokens stored: 0').waitFor();
    await workbench.focusTerminal();
    const agent = await CapturedAgent.run(workbench, 'gpt-sampled', {
      ...{ text: countedText(200), gapsMs: [2] },
    });
    await agent.heard();
    await item(/^Tokens stored: 2[0-2]$/).waitFor();
    await item(/^Tokens sampled out: 1(78|79|80)$/).waitFor();
    await item('Streams: none').waitFor();
    await item(/^Write latency: p50 /).waitFor();
    for (const theme of ['dark', 'light', 'hc-dark', 'hc-light'] as const) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`health-${theme}`);
    }
  });

  it('shows of a sampled call what is kept, with the figures of all that came', async () => {
    await workbench.runCommand('LLM Stream: Stop Capture');
    const { trace } = workbench;
    await trace.whenIdle();
    await trace.step('gpt-sampled').click();
    await workbench.screenshot('sampled-call');
    const text = (await trace.main.textContent()) ?? '';
    assert.match(text, /2[0-2] of 200 tokens kept: sampled at 10 %/);
    assert.deepEqual(await accessibilityViolations(trace), []);
  });
});
