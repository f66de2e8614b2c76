import assert from 'node:assert/strict';
import { supportTrace, tokenNumber, writeSupportTrace } from './harness/supportTrace.js';
import type { TracePage } from './harness/tracePage.js';
import { Workbench } from './harness/workbench.js';

describe('replay', () => {
  let workbench: Workbench;
  let trace: TracePage;
  before(async () => {
    workbench = await Workbench.open(writeSupportTrace);
    trace = await workbench.openTrace(supportTrace);
    await trace.selectStep(/gpt-4o-mini.*45 tokens, 19\.5 tok\/s/);
  });
  after(() => workbench.close());

  afterEach(() => trace.button('Stop').click());

  const atStart = 'Token: 0/45 Time: 0ms / 2304ms';
  const atEnd = 'Token: 45/45 Time: 2304ms / 2304ms';
  const press = (key: string): Promise<void> => workbench.page.keyboard.press(key);

  it('steps by token, forth and back, and says where it is', async () => {
    await trace.whenProgress(atStart);
    for (let token = 0; token < 12; token++) await trace.button('Next token').click();
    await trace.whenProgress('Token: 12/45 Time: 620ms / 2304ms');
    assert.equal(await trace.position.getAttribute('aria-valuenow'), '12');
    await trace.button('Previous token').click();
    await trace.whenProgress('Token: 11/45 Time: 580ms / 2304ms');
  });

  it('plays to the end by itself and can be played again', async () => {
    await trace.speed.selectOption('5×');
    await trace.button('Play').click();
    await trace.button('Pause').waitFor();
    await trace.whenProgress(atEnd);
    await trace.button('Play').waitFor();
    const text = await trace.replayedText.innerText();
    assert.ok(text.includes(tokenNumber(1).trim()) && text.includes(tokenNumber(45).trim()));
  });

  it('pauses where it is and goes on from there', async () => {
    await trace.speed.selectOption('0.5×');
    await trace.button('Play').click();
    await trace.progress.filter({ hasText: /Token: [3-9]\// }).waitFor();
    await trace.button('Pause').click();
    await trace.button('Play').waitFor();
    const paused = await trace.progress.innerText();
    await trace.button('Next token').click();
    await trace.progress.filter({ hasNotText: paused }).waitFor();
  });

  it('stops at the beginning', async () => {
    await trace.button('Next token').click();
    await trace.button('Stop').click();
    await trace.whenProgress(atStart);
  });

  it('is played by keys: space, comma, point, brackets and Escape', async () => {
    await trace.tokenTimeline.focus();
    await press('.');
    await press('.');
    await trace.whenProgress('Token: 2/45 Time: 220ms / 2304ms');
    await press(',');
    await trace.whenProgress('Token: 1/45 Time: 180ms / 2304ms');
    await trace.speed.selectOption('1×');
    await trace.tokenTimeline.focus();
    await press(']');
    await trace.whenSpeed('2×');
    await press('[');
    await press('[');
    await trace.whenSpeed('0.5×');
    await press('Space');
    await trace.button('Pause').waitFor();
    await press('Escape');
    await trace.button('Play').waitFor();
    await trace.whenProgress(atStart);
  });

  it('jumps with the slider', async () => {
    await trace.position.focus();
    await press('End');
    await trace.progress.filter({ hasText: 'Token: 45/45' }).waitFor();
    await press('Home');
    await trace.progress.filter({ hasText: /Token: [01]\/45/ }).waitFor();
  });

  it('steps in the token timeline with the arrows', async () => {
    await trace.tokenTimeline.focus();
    await press('Home');
    await trace.progress.filter({ hasText: 'Token: 1/45' }).waitFor();
    await press('ArrowRight');
    await trace.whenProgress('Token: 2/45 Time: 220ms / 2304ms');
    await press('End');
    await trace.progress.filter({ hasText: 'Token: 45/45' }).waitFor();
  });

  it('shortens stalls when asked to', async () => {
    await trace.selectStep(/gpt-4o(?!-mini)/);
    const skip = trace.button('Skip stalls');
    if ((await skip.getAttribute('aria-pressed')) !== 'true') await skip.click();
    await trace.speed.selectOption('1×');
    const start = performance.now();
    await trace.button('Play').click();
    await trace.progress.filter({ hasText: 'Token: 45/45' }).waitFor();
    const seconds = (performance.now() - start) / 1_000;
    assert.ok(seconds < 5, `took ${seconds} s; the stall alone is 4 s of 6.3 s`);
  });
});
