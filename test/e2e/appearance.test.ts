import assert from 'node:assert/strict';
import { accessibilityViolations } from './harness/accessibility.js';
import { supportTrace, writeSupportTrace } from './harness/supportTrace.js';
import type { TracePage } from './harness/tracePage.js';
import { type Theme, Workbench } from './harness/workbench.js';

const themes: readonly Theme[] = ['light', 'hc-dark', 'hc-light', 'dark'];
const widths = [360, 900, 1600];

describe('appearance', () => {
  let workbench: Workbench;
  let trace: TracePage;
  before(async () => {
    workbench = await Workbench.open(writeSupportTrace);
    trace = await workbench.openTrace(supportTrace);
    await trace.selectStep(/gpt-4o(?!-mini)/);
    for (let token = 0; token < 25; token++) await trace.button('Next token').click();
    await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
  });
  after(() => workbench.close());

  for (const theme of themes) {
    it(`passes the accessibility rules in the theme ${theme}`, async () => {
      await workbench.setTheme(theme);
      await trace.whenIdle();
      for (const tab of ['Tokens', 'Statistics', 'Request']) {
        await trace.tabOf(tab).click();
        await trace.whenIdle();
        assert.deepEqual(await accessibilityViolations(trace), [], tab);
      }
      await workbench.screenshot(`theme-${theme}`);
    });
  }

  it('fits a usual window without scrolling at all, however many tokens there are', async () => {
    await trace.tabOf('Tokens').click();
    await trace.whenIdle();
    const [scrolled, visible] = await trace.main.evaluate((main) => [
      main.scrollHeight,
      main.clientHeight,
    ]);
    assert.equal(scrolled, visible);
  });

  for (const width of widths) {
    it(`fits a window of ${width} px without scrolling sideways`, async () => {
      await workbench.resize(width, 900);
      await trace.whenIdle();
      const frame = await trace.frame();
      const [scrolled, visible] = await frame.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ]);
      assert.ok(scrolled !== undefined && visible !== undefined && scrolled <= visible);
      await workbench.screenshot(`width-${width}`);
    });
  }
});
