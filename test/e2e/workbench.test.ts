import { Workbench } from './harness/workbench.js';

describe('the extension in VS Code', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open();
  });
  after(() => workbench.close());

  it('opens the demo trace', async () => {
    const trace = await workbench.openTrace('demo.llmtrace');
    await trace.runTimeline.waitFor();
    await trace.runs.waitFor();
    await workbench.screenshot('demo-trace');
  });

  it('opens a database of Agent Inspector by the command of the Explorer', async () => {
    await workbench.openInInspector('support.db');
    await workbench.trace.whenIdle();
    await workbench.trace.runTimeline.waitFor();
  });

  it('lists open traces in the view of the activity bar', async () => {
    await workbench.page.getByRole('tab', { name: 'LLM Streams' }).click();
    await workbench.page.getByRole('treeitem', { name: 'demo.llmtrace' }).waitFor();
  });
});
