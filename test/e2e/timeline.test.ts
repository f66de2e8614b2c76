import assert from 'node:assert/strict';
import { supportTrace, writeSupportTrace } from './harness/supportTrace.js';
import type { TracePage } from './harness/tracePage.js';
import { Workbench } from './harness/workbench.js';

describe('run timeline and details', () => {
  let workbench: Workbench;
  let trace: TracePage;
  before(async () => {
    workbench = await Workbench.open(writeSupportTrace);
    trace = await workbench.openTrace(supportTrace);
  });
  after(() => workbench.close());

  it('names every call with its figures or its state', async () => {
    await trace.step(/gpt-4o-mini.*45 tokens, 19\.5 tok\/s/).waitFor();
    await trace.step(/claude-sonnet.*failed: RATE_LIMIT/).waitFor();
    await trace.step(/lookup_order/).waitFor();
  });

  it('offers the runs of the file', async () => {
    const names = await trace.runs.getByRole('option').allTextContents();
    assert.equal(names.length, 2);
    assert.match(names.join('\n'), /Support question[\s\S]*Small talk|Small talk[\s\S]*Support/);
    await trace.runs.selectOption(names.find((name) => name.includes('Small talk')) ?? '');
    await trace.step(/llama3\.2.*2 tokens/).waitFor();
    await trace.runs.selectOption(names.find((name) => name.includes('Support')) ?? '');
    await trace.step(/gpt-4o-mini/).waitFor();
  });

  it('shows the rate where the pointer is', async () => {
    await trace.whenIdle();
    const row = await trace.step(/gpt-4o-mini/).boundingBox();
    const region = await trace.runTimeline.boundingBox();
    assert.ok(row && region);
    const plotWidth = region.x + region.width - (row.x + row.width);
    // The first of three calls takes the first quarter of the run; its middle is generating.
    await workbench.page.mouse.move(row.x + row.width + plotWidth * 0.12, row.y + row.height / 2);
    await trace.main
      .page()
      .mouse.move(row.x + row.width + plotWidth * 0.13, row.y + row.height / 2);
    const frame = await trace.frame();
    await frame
      .getByText(/tok\/s/)
      .last()
      .waitFor();
  });

  it('zooms and fits with keys and wheel, and comes to rest', async () => {
    await trace.step(/gpt-4o-mini/).focus();
    for (const key of ['+', '+', 'ArrowRight', '-', '0']) await workbench.page.keyboard.press(key);
    await workbench.page.keyboard.down('Control');
    await workbench.page.mouse.wheel(0, -300);
    await workbench.page.keyboard.up('Control');
    await trace.whenIdle();
    await workbench.page.keyboard.press('0');
    await trace.whenIdle();
  });

  it('keeps bars beside their labels while rows scroll', async () => {
    const demo = await workbench.openTrace('demo.llmtrace');
    await workbench.resize(1180, 780);
    await demo.runTimeline
      .getByRole('button', { name: /tokens/ })
      .last()
      .scrollIntoViewIfNeeded();
    await demo.whenIdle();
    const region = await demo.runTimeline.boundingBox();
    const picture = await demo.runTimeline.locator('canvas').boundingBox();
    assert.ok(region && picture);
    assert.ok(Math.abs(picture.y - region.y) <= 1, 'the picture is scrolled away');
    assert.ok(picture.height <= region.height);
    await workbench.resize(1600, 1000);
    trace = await workbench.openTrace(supportTrace);
  });

  it('shows input and output of a tool', async () => {
    await trace.selectStep(/lookup_order/);
    await trace.tabOf('Input').click();
    await trace.main.getByText('A-17').first().waitFor();
    await trace.tabOf('Output').click();
    await trace.main.getByText('shipped').first().waitFor();
  });

  it('says why a call failed', async () => {
    await trace.selectStep(/claude-sonnet/);
    await trace.main
      .getByText(/exceeded your per-minute rate limit/)
      .first()
      .waitFor();
  });

  it('shows the statistics of a call with definitions', async () => {
    await trace.selectStep(/gpt-4o-mini/);
    await trace.tabOf('Statistics').click();
    assert.match(await trace.figure('TTFT').innerText(), /180 ms/);
    assert.match(await trace.figure(/total tokens/i).innerText(), /45/);
    assert.match(await trace.figure(/finish reason/i).innerText(), /stop/);
  });

  it('counts the stall of the stalled call', async () => {
    await trace.selectStep(/gpt-4o(?!-mini)/);
    await trace.tabOf('Statistics').click();
    assert.match(await trace.figure(/^stalls/i).innerText(), /1/);
    await trace.tabOf('Request').click();
    await trace.main.getByText('Where is it?').first().waitFor();
  });
});
