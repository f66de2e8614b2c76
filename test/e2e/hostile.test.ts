import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostileNativeTrace } from '../fixtures/hostile.js';
import { Workbench } from './harness/workbench.js';

describe('a trace whose texts are attacks', () => {
  let workbench: Workbench;
  const dialogs: string[] = [];
  before(async () => {
    workbench = await Workbench.open(async (folder) => {
      await writeFile(join(folder, 'hostile.llmtrace'), await hostileNativeTrace());
    });
    workbench.page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
  });
  after(() => workbench.close());

  it('is shown as text, runs nothing and breaks nothing', async () => {
    const trace = await workbench.openTrace('hostile.llmtrace');
    const steps = trace.runTimeline.getByRole('button');
    const count = await steps.count();
    assert.ok(count > 2);
    for (let step = 0; step < count; step++) {
      await steps.nth(step).click();
      await trace.whenIdle();
      for (const tab of await trace.main.getByRole('tab').all()) {
        await tab.click();
        await trace.whenIdle();
      }
    }
    const frame = await trace.frame();
    const planted = await frame.evaluate(() => ({
      ran: 'llmStreamOwned' in window,
      elements: document.querySelectorAll('main :is(script, iframe, img, object, embed)').length,
    }));
    assert.deepEqual(planted, { ran: false, elements: 0 });
    assert.equal(await workbench.page.evaluate(() => 'llmStreamOwned' in window), false);
    assert.deepEqual(dialogs, []);
    await workbench.screenshot('hostile');
  });

  it('is listed harmlessly in the view of the activity bar', async () => {
    await workbench.page.getByRole('tab', { name: 'LLM Streams' }).click();
    await workbench.page.getByRole('treeitem', { name: 'hostile.llmtrace' }).click();
    await workbench.page.keyboard.press('ArrowRight');
    await workbench.page
      .getByRole('treeitem', { name: /onerror/ })
      .first()
      .waitFor();
    assert.equal(await workbench.page.evaluate(() => 'llmStreamOwned' in window), false);
  });
});
