import assert from 'node:assert/strict';
import { join } from 'node:path';
import { repository } from '../../scripts/dependencies.mjs';
import { accessibilityViolations } from './harness/accessibility.js';
import type { TracePage } from './harness/tracePage.js';
import { Workbench } from './harness/workbench.js';

const example = join(repository, 'sdk', 'typescript', 'examples', 'agent.mjs');

describe('an agent that imports the SDK', () => {
  let workbench: Workbench;
  let trace: TracePage;
  before(async () => {
    workbench = await Workbench.open();
    trace = workbench.trace;
    await workbench.runCommand('LLM Stream: Open Captured Terminal');
    await workbench.page.getByRole('button', { name: /^LLM streams: Capturing :\d+/ }).waitFor();
    await workbench.page.locator('.xterm.focus').waitFor();
    await workbench.page.keyboard.type(`node ${example}`);
    await workbench.page.keyboard.press('Enter');
    await workbench.runCommand('LLM Stream: Show Capture');
    await trace.main.waitFor();
  });
  after(() => workbench.close());

  it('shows its stages and the tokens of its model while they come', async () => {
    await trace.step(/^plan/).waitFor();
    await trace.step('mock-1').waitFor();
    await trace.whenProgress(/^Token: \d+\/\d+ /);
    await workbench.screenshot('sdk-live');
  });

  it('shows tools, memory, hand-offs and the answer where they belong', async () => {
    await trace.step(/final answer/).waitFor();
    for (const step of [/^weather/, /hand-off to writer/, /^write/]) {
      await trace.step(step).waitFor();
    }
    assert.equal(await trace.runTimeline.getByRole('button', { name: /mock-1/ }).count(), 2);
    await workbench.screenshot('sdk-ended');
    assert.deepEqual(await accessibilityViolations(trace), []);
  });
});
