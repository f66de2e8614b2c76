import { supportTrace, writeSupportTrace } from './harness/supportTrace.js';
import type { TracePage } from './harness/tracePage.js';
import { Workbench } from './harness/workbench.js';

const place = 'Token: 12/45 Time: 620ms / 2304ms';

describe('what the page remembers', () => {
  let workbench: Workbench;
  let trace: TracePage;
  before(async () => {
    workbench = await Workbench.open(writeSupportTrace);
    trace = await workbench.openTrace(supportTrace);
    await trace.selectStep(/gpt-4o-mini/);
    for (let token = 0; token < 12; token++) await trace.button('Next token').click();
    await trace.speed.selectOption('5×');
    await trace.whenProgress(place);
    await trace.whenIdle();
  });
  after(() => workbench.close());

  const isAsBefore = async (): Promise<void> => {
    await trace.whenIdle();
    await trace.whenProgress(place);
    await trace.whenSpeed('5×');
  };

  it('is there again after another tab was shown', async () => {
    await workbench.openTrace('demo.llmtrace');
    await workbench.tab(supportTrace).click();
    await isAsBefore();
  });

  it('is there again after the window was reloaded', async () => {
    await workbench.reload();
    await isAsBefore();
  });
});

describe('commands', () => {
  let workbench: Workbench;
  let trace: TracePage;
  before(async () => {
    workbench = await Workbench.open(writeSupportTrace);
    trace = await workbench.openTrace(supportTrace);
    await trace.selectStep(/gpt-4o-mini/);
  });
  after(() => workbench.close());

  it('"Go to Token…" moves the position', async () => {
    await workbench.runCommand('LLM Stream: Go to Token…');
    await workbench.input.fill('11');
    await workbench.page.keyboard.press('Enter');
    await trace.whenProgress(place);
  });

  it('"Copy Response" copies the text', async () => {
    await workbench.runCommand('LLM Stream: Copy Response');
    await workbench.page.waitForFunction(async () => {
      const text = await navigator.clipboard.readText();
      return text.startsWith('tok 1 tok 2 ') && text.endsWith('tok 45 ');
    });
  });

  it('"Replay Stream…" asks for trace, run and call, and plays it', async () => {
    await workbench.runCommand('LLM Stream: Replay Stream…');
    await workbench.option(supportTrace).click();
    await workbench.option('Support question').click();
    await workbench.option('gpt-4o-mini').click();
    await trace.whenProgress('Token: 45/45 Time: 2304ms / 2304ms');
  });
});
