import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import type { PageState } from '../../src/protocol/pageMessages.js';
import { GrowingTrace, streamingModel } from './growingTrace.js';
import { pageFixture } from './pageFixture.js';
import type { PageOptions, TracePage } from './tracePage.js';

describe('a call that streams', () => {
  const openPage = pageFixture();
  let trace: GrowingTrace;
  let traced: TracePage;

  async function open(tokens: number, options: Partial<PageOptions> = {}): Promise<void> {
    trace = new GrowingTrace(tokens);
    traced = await openPage({ source: trace.source, ...options });
  }

  /** Tells the page, and waits until it shows the new data. */
  async function told(state: PageState): Promise<void> {
    assert.equal(state.status, 'ready');
    traced.host.notify('state', state);
    await traced.page.locator(`main[data-generation="${state.summary.generation}"]`).waitFor();
    await traced.idle();
  }

  const button = (name: string | RegExp): Locator => traced.page.getByRole('button', { name });
  const jump = (): Locator => button('Jump to latest');
  const text = (): Locator => traced.page.getByRole('region', { name: 'Replayed text' });
  const live = (): Locator => traced.page.getByRole('group', { name: 'Live' });
  const grid = (): Locator => traced.page.getByRole('grid', { name: 'Tokens' });
  const progress = (): Promise<string> =>
    traced.page.getByRole('status', { name: 'Replay progress' }).innerText();
  const currentRow = (): Promise<string> =>
    grid().locator('[aria-selected="true"]').locator('.token-text').innerText();
  const scrolled = (part: Locator): Promise<number> => part.evaluate(({ scrollTop }) => scrollTop);
  const fromEnd = (part: Locator): Promise<number> =>
    part.evaluate(({ scrollTop, clientHeight, scrollHeight }) =>
      Math.round(scrollHeight - clientHeight - scrollTop),
    );
  const isInSight = (part: Locator): Promise<boolean> =>
    part.evaluate((element) => {
      const box = element.getBoundingClientRect();
      const list = element.closest('.row-list')?.getBoundingClientRect();
      return list !== undefined && box.top >= list.top - 1 && box.bottom <= list.bottom + 1;
    });

  it('is shown first, at its newest token, with a caret', async () => {
    await open(31);
    assert.match(await progress(), /^Token: 31\/31 /);
    await live().getByText('Streaming…').waitFor();
    assert.equal(await jump().isVisible(), false);
    const caret = await text()
      .locator('.replay-block > span')
      .last()
      .evaluate((last) => getComputedStyle(last, '::after').width);
    assert.equal(caret, '2px');
  });

  it('has a caret before its first token, and goes to that one when it comes', async () => {
    await open(0);
    const caret = await text()
      .locator('> div')
      .evaluate((content) => getComputedStyle(content, '::after').width);
    assert.equal(caret, '2px');
    await told(trace.grow(1));
    assert.match(await progress(), /^Token: 1\/1 /);
  });

  it('takes text, token list and position along with what comes', async () => {
    await open(31);
    for (const count of [99, 101, 900, 2_345]) {
      await told(trace.grow(count));
      assert.match(await progress(), new RegExp(`^Token: ${count}/${count} `));
      assert.equal((await currentRow()).replace(/[·↵\s]/g, ''), `w${count}`);
      assert.ok(await isInSight(grid().locator('[aria-selected="true"]')));
      assert.ok((await fromEnd(text())) < 40, 'the text is not at its end');
    }
    await traced.page.getByText('24 / 24').waitFor();
    assert.equal(await jump().isVisible(), false);
  });

  it('leaves everything where it is when the user chose another token', async () => {
    await open(300);
    await grid().locator('[role="row"]', { hasText: 'w297' }).click();
    const top = await scrolled(grid().locator('.row-list'));
    await told(trace.grow(400));
    await told(trace.grow(500));
    assert.match(await progress(), /^Token: 297\/500 /);
    assert.equal(await scrolled(grid().locator('.row-list')), top);
    await jump().click();
    await traced.idle();
    assert.match(await progress(), /^Token: 500\/500 /);
    assert.equal(await jump().isVisible(), false);
    assert.equal(await traced.page.evaluate(() => document.activeElement?.className), 'live-line');
    await told(trace.grow(600));
    assert.match(await progress(), /^Token: 600\/600 /);
  });

  it('stays where the user scrolled the text to, and comes back without a new token', async () => {
    await open(3_000);
    await text().hover();
    await traced.page.mouse.wheel(0, -2_000);
    await jump().waitFor();
    await traced.idle();
    const top = await scrolled(text());
    await told(trace.grow(3_100));
    await told(trace.grow(3_200));
    assert.equal(await scrolled(text()), top);
    await jump().click();
    await traced.idle();
    await text().hover();
    await traced.page.mouse.wheel(0, -2_000);
    await jump().waitFor();
    await jump().click();
    await traced.idle();
    assert.ok((await fromEnd(text())) < 40, 'the text is not at its end');
  });

  it('does not scroll the text of a chosen token in a low page', async () => {
    await open(180, { width: 360, height: 740 });
    await traced.page.getByRole('region', { name: 'Token timeline' }).press('ArrowLeft');
    await traced.idle();
    const top = await scrolled(text());
    assert.ok(top > 0);
    for (const count of [187, 195, 400]) {
      await told(trace.grow(count));
      assert.equal(await scrolled(text()), top);
    }
  });

  it('stays where the user scrolled the list to', async () => {
    await open(300);
    const list = grid().locator('.row-list');
    await list.hover();
    await traced.page.mouse.wheel(0, -500);
    await jump().waitFor();
    await traced.idle();
    const top = await scrolled(list);
    await told(trace.grow(320));
    await told(trace.grow(510));
    assert.equal(await scrolled(list), top);
    await traced.page.getByText('3 / 6').waitFor();
    await jump().click();
    await traced.page.getByText('6 / 6').waitFor();
  });

  it('stays zoomed in until it is told to go on', async () => {
    await open(100);
    await traced.page.getByRole('region', { name: 'Token timeline' }).press('+');
    await jump().waitFor();
    const before = (await traced.savedState()) as { viewport: unknown };
    await told(trace.grow(200));
    assert.deepEqual(((await traced.savedState()) as typeof before).viewport, before.viewport);
    await jump().click();
    await traced.idle();
    const after = (await traced.savedState()) as typeof before;
    assert.deepEqual(after.viewport, { runView: null, tokenView: null });
  });

  it('can be replayed while it goes on', async () => {
    // Three seconds long, so that more has come before it is over.
    await open(120);
    await traced.page.getByRole('combobox', { name: 'Speed' }).selectOption('2×');
    await button('Play').click();
    traced.host.notify('state', trace.grow(150));
    await traced.page.getByText(/^Token: 150\/150 /).waitFor();
    await button('Play').waitFor();
    await told(trace.grow(160));
    assert.match(await progress(), /^Token: 150\/160 /);
    await jump().click();
    await traced.page.getByText(/^Token: 160\/160 /).waitFor();
  });

  it('is a usual call when it has ended, and its last tokens have come', async () => {
    await open(31);
    await told(trace.end(45));
    assert.match(await progress(), /^Token: 45\/45 /);
    assert.equal(await live().isVisible(), false);
    const caret = await text()
      .locator('.replay-block > span')
      .last()
      .evaluate((last) => getComputedStyle(last, '::after').content);
    assert.equal(caret, 'none');
    await told(trace.end(45));
    assert.match(await progress(), /^Token: 45\/45 /);
  });

  describe('behind which the agent makes its next call', () => {
    const replayed = async (): Promise<string> => {
      await traced.idle();
      return progress();
    };

    /** Settles when the page has seen it: the browser's answer comes before. */
    const turnWheel = async (): Promise<void> => {
      const page = await traced.page.evaluateHandle(() => ({
        seen: new Promise<void>((resolve) => addEventListener('wheel', () => resolve())),
      }));
      await traced.page.mouse.wheel(0, 100);
      await page.evaluate(({ seen }) => seen);
    };

    it('gives way to it while it is followed', async () => {
      await open(31);
      await told(trace.end(45));
      assert.match(await replayed(), /^Token: 45\/45 /);
      await told(trace.goOn(45, 3));
      assert.match(await replayed(), /^Token: 3\/3 /);
      await live().getByText('Streaming…').waitFor();
      await told(trace.goOn(45, 12));
      assert.match(await replayed(), /^Token: 12\/12 /);
    });

    it('gives way to it also when its own end comes together with it', async () => {
      await open(31);
      await told(trace.goOn(45, 3));
      assert.match(await replayed(), /^Token: 3\/3 /);
    });

    it('stays when the user had looked elsewhere, and leads to it by "Jump to latest"', async () => {
      await open(31);
      await button('Previous token').click();
      await told(trace.goOn(45, 3));
      assert.match(await replayed(), /^Token: 30\/45 /);
      await jump().click();
      await traced.page.getByText(/^Token: 3\/3 /).waitFor();
      await told(trace.goOn(45, 8));
      assert.match(await replayed(), /^Token: 8\/8 /);
    });

    for (const [what, look] of Object.entries({
      'scrolls in what it said': async () => {
        await traced.page.getByRole('tab', { name: 'Raw' }).hover();
        await turnWheel();
      },
      'searches its tokens': () =>
        traced.page.getByRole('textbox', { name: 'Search tokens' }).press('w'),
      'opens another tab': () => traced.page.getByRole('tab', { name: 'Statistics' }).click(),
    })) {
      it(`stays when the user ${what} after its end`, async () => {
        await open(31);
        await told(trace.end(45));
        await look();
        await told(trace.goOn(45, 3));
        assert.match(await replayed(), /^Token: 45\/45 /);
      });
    }

    for (const [what, look] of Object.entries({
      'scrolled in what was sent': async () => {
        await traced.page.getByRole('tab', { name: 'Request' }).click();
        await traced.page.getByRole('group', { name: 'Request' }).hover();
        await traced.page.mouse.wheel(0, 100);
        await jump().waitFor();
      },
      'searched its tokens': () =>
        traced.page.getByRole('textbox', { name: 'Search tokens' }).press('w'),
    })) {
      it(`stays when the user ${what} while it streamed`, async () => {
        await open(31);
        await look();
        await told(trace.goOn(45, 3));
        assert.match(await replayed(), /^Token: 31\/45 /);
      });
    }

    it('stays when it was chosen by hand after its end', async () => {
      await open(31);
      await told(trace.end(45));
      await button(/gpt-4o-mini/).click();
      await told(trace.goOn(45, 3));
      assert.match(await replayed(), /^Token: 0\/45 /);
    });
  });

  it('leaves the selected call, its focus and a button that is being pressed alone', async () => {
    await open(31);
    const row = button(/gpt-4o-mini/);
    await row.click();
    await traced.idle();
    await told(trace.grow(40));
    assert.match(await progress(), /^Token: 0\/45 /);
    assert.ok(await row.evaluate((element) => element === document.activeElement));
    const other = button(new RegExp(streamingModel));
    await other.hover();
    await traced.page.mouse.down();
    await told(trace.grow(50));
    await traced.page.mouse.up();
    await traced.page.getByText(/^Token: 50\/50 /).waitFor();
  });

  it('keeps text selected that is there already', async () => {
    await open(3_000);
    await button('Stop').click();
    await text().evaluate((region) => {
      getSelection()?.selectAllChildren(region.querySelector('.replay-block') ?? region);
    });
    const selected = (): Promise<string> =>
      traced.page.evaluate(() => getSelection()?.toString() ?? '');
    const before = await selected();
    assert.match(before, /^w1 w2 /);
    await told(trace.grow(3_500));
    assert.equal(await selected(), before);
  });

  it('says once that it streams, and reads out no counts that change by themselves', async () => {
    await open(31);
    await traced.page.evaluate(() => {
      const said: string[] = [];
      Object.assign(window, { said });
      new MutationObserver((records) => {
        for (const { target } of records) {
          const element = target instanceof Element ? target : target.parentElement;
          const region = element?.closest('[aria-live], [role="status"], [role="alert"]');
          const isSilent = region?.getAttribute('aria-live') === 'off';
          if (region && !isSilent) said.push(region.textContent ?? '');
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    for (const count of [40, 50, 60]) await told(trace.grow(count));
    const said = await traced.page.evaluate(() => (window as unknown as { said: string[] }).said);
    assert.deepEqual(said, []);
  });

  it('is followed again after the window was reloaded, but not when the user was elsewhere', async () => {
    await open(31);
    await told(trace.grow(40));
    const followed = await traced.savedState();
    await traced.page.getByRole('button', { name: 'Previous token' }).click();
    await traced.idle();
    const left = await traced.savedState();
    await traced.close();
    await open(50, { savedState: followed });
    assert.match(await progress(), /^Token: 50\/50 /);
    await traced.close();
    await open(50, { savedState: left });
    assert.match(await progress(), /^Token: 39\/50 /);
    assert.ok(await jump().isVisible());
  });

  it('comes back by itself when its file was away', async () => {
    await open(31);
    const message = 'The file is gone.';
    const lost = { code: 'not-found' as const, message, detail: null };
    const { summary } = trace.source;
    traced.host.notify('state', { status: 'ready', summary, sourceLost: lost });
    const banner = traced.page.getByRole('status').getByText(message);
    await banner.waitFor();
    const again = button('Try Again');
    await again.focus();
    traced.host.notify('state', { status: 'ready', summary, sourceLost: { ...lost } });
    await traced.idle();
    assert.ok(await again.evaluate((element) => element.matches(':focus')));
    assert.ok(await isInSight(grid().locator('[aria-selected="true"]')));
    assert.match(await progress(), /^Token: 31\/31 /);
    await told(trace.grow(40));
    await banner.waitFor({ state: 'detached' });
    assert.match(await progress(), /^Token: 40\/40 /);
  });
});
