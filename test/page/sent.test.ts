import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { pageFixture } from './pageFixture.js';
import { type SentAgent, refundAgent } from './sentAgent.js';
import { SentTrace } from './sentTrace.js';
import type { TracePage } from './tracePage.js';

const endMs = 60_000;

describe('what an SDK sent', () => {
  const openPage = pageFixture();
  let traced: TracePage;

  const row = (name: string | RegExp): Locator =>
    traced.page.getByRole('region', { name: 'Run timeline' }).getByRole('button', { name }).first();
  const tab = (name: string): Promise<void> => traced.page.getByRole('tab', { name }).click();
  const select = async (name: string | RegExp): Promise<void> => {
    await row(name).click();
    await traced.idle();
  };
  const timeline = (): Locator => traced.page.locator('.slot-token-timeline');
  const replay = (): Locator => traced.page.locator('.slot-replay');

  async function openAt(untilMs: number): Promise<{ trace: SentTrace; agent: SentAgent }> {
    const agent = refundAgent(Date.now() - untilMs);
    const trace = await SentTrace.of(agent.until(untilMs));
    traced = await openPage({ source: trace.source });
    return { trace, agent };
  }

  it('says of a sampled call what is kept, wherever its tokens are shown', async () => {
    await openAt(endMs);
    await select(/gpt-4o.*200 tokens/);
    assert.match(await timeline().innerText(), /21 of 200 tokens kept: sampled at 10 %/);
    await traced.page.getByText('21 of 200 tokens kept', { exact: true }).waitFor();
    assert.match(
      await replay().innerText(),
      /Only some of the tokens are kept: … stands for the others\. The whole response is in the Response tab\./,
    );
    const gaps = traced.page.locator('.replay-gap');
    assert.equal(await gaps.count(), 20);
    assert.equal(await gaps.first().getAttribute('data-label'), '…');
    await tab('Statistics');
    const table = traced.page.getByRole('table', { name: 'Statistics' });
    assert.match(await table.innerText(), /ICL p95\s+20 ms/);
    assert.match(await table.innerText(), /Stalls\s+—\s+not known:\s+the file left tokens out/);
    await tab('Response');
    await traced.page
      .getByText(/^The refund of the order was approved/)
      .last()
      .waitFor();
  });

  it('shows the response of a call whose tokens are not stored, and its figures', async () => {
    await openAt(endMs);
    await select(/gpt-4o.*180 tokens/);
    assert.match(await timeline().innerText(), /180 tokens came; they are not stored one by one/);
    assert.match(await replay().innerText(), /without times:\s+The refund of the order/);
    await tab('Tokens');
    await traced.page
      .locator('.token-empty')
      .getByText(/they are not stored/)
      .waitFor();
    await tab('Statistics');
    const table = await traced.page.getByRole('table', { name: 'Statistics' }).innerText();
    assert.match(table, /TTFT\s+300 ms/);
    assert.match(table, /Bursts\s+—\s+not known:\s+tokens are not stored/);
  });

  it('does not take a few tokens for the response', async () => {
    await openAt(endMs);
    await select(/claude/);
    await tab('Response');
    await traced.page
      .getByText('The whole response is not stored. 3 of 200 tokens kept: sampled at 1 %.')
      .waitFor();
  });

  it('says it while the calls stream, too', async () => {
    const { trace, agent } = await openAt(5_500);
    await select(/^gpt-4o.*streaming$/);
    assert.match(await timeline().innerText(), /not stored: its figures come when it has ended/);
    await select(/gpt-4o.*streaming, 41 tokens/);
    assert.match(await timeline().innerText(), /5 tokens kept: sampled at 10 %/);
    await tab('Statistics');
    await traced.page.getByText('until the newest one that is kept').waitFor();
    await traced.page.getByText(/^≥ 41$/).waitFor();
    assert.equal(await row(/writer.*running/).count(), 1);
    const state = trace.send(agent.until(endMs).slice(agent.until(5_500).length));
    traced.host.notify('state', state);
    await row(/gpt-4o.*200 tokens/).waitFor();
    await row(/writer.*agent/).waitFor();
    await traced.page.getByText('21 of 200 tokens kept: sampled at 10 %').first().waitFor();
  });

  it('says of what the end of the capture cut off that it did', async () => {
    const trace = await SentTrace.of(refundAgent(Date.now() - 5_500).until(5_500));
    traced = await openPage({ source: trace.end() });
    await select(/writer.*interrupted/);
    await traced.page.locator('.step-facts').getByText('interrupted').waitFor();
    await select(/gpt-4o.*interrupted, 31 tokens/);
    await replay()
      .getByText(/Partial response: the recording was cut off after 31 tokens/)
      .waitFor();
    assert.equal(await traced.page.getByText('running').count(), 0);
  });

  it('gives a step its input, output and error', async () => {
    await openAt(endMs);
    await select(/search_orders/);
    await tab('Output');
    await traced.page.getByText('order 9').waitFor();
    await select(/send_mail.*mailbox full/);
    await tab('Error');
    await traced.page.getByText('SmtpError').waitFor();
  });

  it('says what the agent said of its run', async () => {
    await openAt(endMs);
    const title = (await traced.page.locator('.run-picker').getAttribute('title')) ?? '';
    assert.match(title, /Session: session-7\nUser: user-3\nMetadata: \{"git":"a1b2c3d"/);
  });

  for (const width of [320, 420, 1_600]) {
    it(`fits into ${width} pixels`, async () => {
      const trace = await SentTrace.of(refundAgent(Date.now() - endMs).until(endMs));
      traced = await openPage({ source: trace.source, width });
      await select(/gpt-4o.*200 tokens/);
      const overflow = await traced.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.equal(overflow, 0);
    });
  }
});
