import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import type { AxeResults } from 'axe-core';
import type { Locator } from 'playwright-core';
import { pageFixture } from './pageFixture.js';
import { SentTrace } from './sentTrace.js';
import { stagesAgent } from './stagesAgent.js';
import { themeNames } from './themes.js';
import type { PageOptions, TracePage } from './tracePage.js';

const endMs = 60_000;

describe('stages on the page', () => {
  const openPage = pageFixture();
  let traced: TracePage;
  let trace: SentTrace;

  async function openAt(untilMs = endMs, options: Partial<PageOptions> = {}): Promise<object[]> {
    const agent = stagesAgent(Date.now() - untilMs);
    trace = await SentTrace.of(agent.until(untilMs));
    traced = await openPage({ source: trace.source, ...options });
    return agent.until(endMs).slice(agent.until(untilMs).length);
  }

  const region = (): Locator => traced.page.getByRole('region', { name: 'Run timeline' });
  const rows = (): Locator => region().getByRole('listitem');
  const row = (name: string | RegExp): Locator => region().getByRole('button', { name }).first();
  const lane = (name: string): Locator => row(new RegExp(`^${name} ?, stage`));
  const table = (name: string): Locator => traced.page.getByRole('table', { name, exact: true });
  const isOpen = (of: Locator): Promise<string | null> => of.getAttribute('aria-expanded');
  const focused = (): Promise<string> =>
    traced.page.evaluate(() => document.activeElement?.textContent ?? '');

  it('close and open with the arrows, which lead in and out as in a tree', async () => {
    await openAt();
    assert.equal(await rows().count(), 14);
    await lane('collect').focus();
    await traced.page.keyboard.press('ArrowLeft');
    await traced.idle();
    assert.equal(await rows().count(), 11);
    assert.equal(await isOpen(lane('collect')), 'false');
    assert.match(await lane('collect').innerText(), /2\.20 s, 3 calls/);
    assert.match(await focused(), /^collect/);
    await traced.page.keyboard.press('ArrowLeft');
    assert.match(await focused(), /^report/);
    await traced.page.keyboard.press('ArrowRight');
    assert.match(await focused(), /^collect/);
    await traced.page.keyboard.press('ArrowRight');
    await traced.idle();
    assert.equal(await rows().count(), 14);
    await traced.page.keyboard.press('ArrowRight');
    assert.match(await focused(), /^gpt-4o-mini.*30 tokens/);
    await traced.page.keyboard.press('ArrowLeft');
    assert.match(await focused(), /^collect/);
  });

  it('move the view with Shift and the arrows all the same', async () => {
    await openAt();
    await lane('collect').press('+');
    await traced.idle();
    const from = async (): Promise<number | undefined> => {
      await traced.idle();
      const saved = (await traced.savedState()) as {
        viewport: { runView: { fromUs: number } | null };
      };
      return saved.viewport.runView?.fromUs;
    };
    const before = await from();
    await lane('collect').press('Shift+ArrowRight');
    const after = await from();
    assert.ok(before !== undefined && after !== undefined && after > before);
    assert.equal(await isOpen(lane('collect')), 'true');
  });

  it('close and open by their twistie, and by a click on the selected one', async () => {
    await openAt();
    await lane('write').locator('.run-row-twistie').click();
    await traced.idle();
    assert.equal(await isOpen(lane('write')), 'false');
    assert.equal(await lane('write').getAttribute('aria-current'), null);
    await lane('write').click();
    await traced.idle();
    assert.equal(await isOpen(lane('write')), 'false');
    assert.equal(await lane('write').getAttribute('aria-current'), 'true');
    await lane('write').press('Enter');
    await traced.idle();
    assert.equal(await isOpen(lane('write')), 'true');
  });

  it('take over the selection of what is closed with them', async () => {
    await openAt();
    await row(/150 tokens/).click();
    await traced.idle();
    await lane('write').locator('.run-row-twistie').click();
    await traced.idle();
    assert.equal(await lane('write').getAttribute('aria-current'), 'true');
  });

  it('stay closed when the page comes back', async () => {
    await openAt();
    await lane('report').press('ArrowLeft');
    await traced.idle();
    assert.equal(await rows().count(), 3);
    const savedState = await traced.savedState();
    traced = await openPage({ source: trace.source, savedState });
    assert.equal(await isOpen(lane('report')), 'false');
    assert.equal(await rows().count(), 3);
  });

  it('open when something in them is to be shown', async () => {
    await openAt();
    await lane('report').press('ArrowLeft');
    await traced.idle();
    assert.equal(await rows().count(), 3);
    const run = trace.source.summary.runs[0]!.key;
    const tool = trace.source.run({ run }).steps.find(({ name }) => name === 'look_up');
    assert.ok(tool);
    traced.host.notify('reveal', { run, step: tool.key, token: null, play: false });
    await row(/look_up/).waitFor();
    await traced.idle();
    assert.equal(await row(/look_up/).getAttribute('aria-current'), 'true');
    assert.equal(await isOpen(lane('report')), 'true');
  });

  it('have statistics of their own, of their phases and of the stages in them', async () => {
    await openAt();
    await lane('write').click();
    await traced.idle();
    assert.match(
      await table('Statistics').innerText(),
      /Duration\s+5\.00 s[^]*Calls\s+2[^]*Tokens\s+190[^]*TTFT p50\s+500 ms[^]*Errors\s+0/,
    );
    assert.match(
      await table('Phases').innerText(),
      /detailed\s+3\.50 s\s+1[^]*summary\s+1\.50 s\s+2/,
    );
    assert.equal(await table('Stages').count(), 0);
    await lane('report').click();
    await traced.idle();
    assert.match(await table('Stages').innerText(), /collect[^]*write[^]*check/);
    assert.equal(await table('Phases').count(), 0);
    await traced.page.getByRole('button', { name: 'Waiting' }).click();
    await traced.page.getByText(/no other call streamed\. What is neither/).waitFor();
    assert.match(
      (await table('Stages')
        .getByRole('columnheader', { name: 'TTFT p50' })
        .getAttribute('title')) ?? '',
      /^The median of its calls/,
    );
    await row(/150 tokens/).click();
    await traced.page.getByRole('tab', { name: 'Statistics' }).click();
    await traced.idle();
    assert.match(await table('Statistics').innerText(), /ICL p95/);
  });

  it('say how far they are while they run, without being read out', async () => {
    const rest = await openAt(5_000);
    await row(/write.*running, 50 %/).waitFor();
    await lane('write').click();
    await table('Statistics').getByText('all the findings').waitFor();
    await traced.page.evaluate(() => {
      const said: string[] = [];
      Object.assign(window, { said });
      for (const place of document.querySelectorAll('[aria-live], [role=status], [role=alert]')) {
        new MutationObserver(() => said.push(place.textContent ?? '')).observe(place, {
          ...{ childList: true, characterData: true, subtree: true },
        });
      }
    });
    const progressOnly = rest.filter((line) => (line as { type: string }).type === 'step_progress');
    traced.host.notify('state', trace.send(progressOnly.slice(0, 2)));
    await row(/write.*running, 90 %|write.*running, 62 %/).waitFor();
    await table('Phases').getByText('summary').waitFor();
    const said = await traced.page.evaluate(() => (window as unknown as { said: string[] }).said);
    assert.deepEqual(said, []);
    traced.host.notify('state', trace.send(rest.filter((line) => !progressOnly.includes(line))));
    await row(/write.*5\.00 s/).waitFor();
  });

  it('tell of their parts under the pointer', async () => {
    await openAt();
    const box = await lane('write').boundingBox();
    const plot = await region().locator('.run-plot').boundingBox();
    assert.ok(box && plot);
    const at = (ms: number): number => plot.x + 8 + ((plot.width - 24) * ms) / 12_000;
    const tooltip = traced.page.locator('.tooltip:visible');
    await traced.page.mouse.move(at(7_000), box.y + box.height / 2);
    assert.match(await tooltip.innerText(), /phase summary: from 3\.50 s of the stage, 1\.50 s/);
    await lane('write').press('ArrowLeft');
    await traced.idle();
    await traced.page.mouse.move(at(5_000), box.y + box.height / 2);
    assert.match(await tooltip.innerText(), /1 call streaming, 50\.0 tok\/s on average/);
  });

  for (const theme of themeNames) {
    it(`pass the accessibility rules in the theme ${theme}`, async () => {
      const axe = await readFile(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
      await openAt(endMs, { theme });
      await lane('write').click();
      await lane('collect').press('ArrowLeft');
      await traced.idle();
      await traced.page.evaluate(axe);
      const violations = await traced.page.evaluate(async () => {
        const { axe: checker } = window as unknown as {
          axe: { run(root: Document, options: object): Promise<AxeResults> };
        };
        const values = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
        const found = await checker.run(document, { runOnly: { type: 'tag', values } });
        return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
      });
      assert.deepEqual(violations, []);
    });
  }

  for (const width of [320, 420, 1_180, 1_600]) {
    it(`need no sideways scrolling of the page at ${width} px`, async () => {
      await openAt(endMs, { width });
      await lane('write').click();
      await traced.idle();
      const overflow = await traced.page.evaluate(() => {
        const main = document.querySelector('main');
        const parts = [document.documentElement, ...(main ? [main] : [])];
        return Math.max(...parts.map((part) => part.scrollWidth - part.clientWidth));
      });
      assert.equal(overflow, 0);
    });
  }
});
