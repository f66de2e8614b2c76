import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { largeTrace, pictureTrace } from './syntheticTrace.js';
import { pageFixture } from './pageFixture.js';
import type { PageOptions, TracePage } from './tracePage.js';

describe('the run timeline', () => {
  const openPage = pageFixture();
  let traced: TracePage;

  const open = async (options: Partial<PageOptions> = {}): Promise<TracePage> =>
    (traced = await openPage(options));
  const region = (): Locator => traced.page.getByRole('region', { name: 'Run timeline' });
  const rows = (): Locator => region().getByRole('listitem');
  const row = (name: string | RegExp): Locator => region().getByRole('button', { name }).first();
  const plot = (): Locator => region().locator('.run-plot');
  const progress = (): Locator => traced.page.getByRole('status', { name: 'Replay progress' });

  /** The visible part of the run, in ms; the whole run is kept as nothing. */
  const view = async (): Promise<[number, number] | null> => {
    await traced.idle();
    const saved = (await traced.savedState()) as {
      viewport: { runView: { fromUs: number; toUs: number } | null };
    };
    const span = saved.viewport.runView;
    return span && [span.fromUs / 1_000, span.toUs / 1_000];
  };

  /** A point of the plot: a share of its width, in the middle of a row. */
  const pointOf = async (
    name: string | RegExp,
    share: number,
  ): Promise<{ x: number; y: number }> => {
    const box = await row(name).boundingBox();
    const area = await plot().boundingBox();
    assert.ok(box && area);
    return { x: area.x + area.width * share, y: box.y + box.height / 2 };
  };

  it('has a button for every call and step, with figures or state', async () => {
    await open();
    await row(/claude-sonnet-4-5.*120 tokens, 19\.9 tok\/s/).waitFor();
    await row(/gpt-4o-mini.*failed: RATE_LIMIT/).waitFor();
    await row(/lookup_order.*tool call.*86 ms/).waitFor();
    await row(/hand-off to Billing.*needs a refund/).waitFor();
    assert.equal(await rows().count(), 9);
  });

  it('has only the rows in sight when there are more than 200', async () => {
    await open({ source: largeTrace(201, 40) });
    const few = await rows().count();
    assert.ok(few < 60, `${few} rows`);
    await row(/./).press('End');
    await traced.idle();
    assert.equal(await rows().last().getAttribute('aria-posinset'), '201');
    assert.equal(await rows().last().getAttribute('aria-setsize'), '201');
    assert.ok((await rows().count()) < 60);
  });

  it('has all rows up to 200', async () => {
    await open({ source: largeTrace(200, 40) });
    assert.equal(await rows().count(), 200);
  });

  it('goes from row to row with the arrows and selects with Enter', async () => {
    await open();
    await row(/45 tokens/).focus();
    await traced.page.keyboard.press('ArrowDown');
    await traced.page.keyboard.press('ArrowDown');
    await traced.page.keyboard.press('ArrowDown');
    await traced.page.keyboard.press('ArrowDown');
    await traced.page.keyboard.press('Enter');
    await traced.idle();
    assert.equal(await row(/120 tokens/).getAttribute('aria-current'), 'true');
    assert.match(await progress().innerText(), /^Token: 0\/120 /);
  });

  it('plays the selected call when space is pressed on its row', async () => {
    await open();
    await row(/45 tokens/).focus();
    await traced.page.keyboard.press('Space');
    await traced.page.getByRole('button', { name: 'Pause' }).waitFor();
    await traced.page.keyboard.press('Space');
    await traced.page.getByRole('button', { name: 'Play' }).waitFor();
  });

  it('zooms and pans with keys, and fits with 0', async () => {
    await open();
    await row(/45 tokens/).focus();
    assert.equal(await view(), null);
    await traced.page.keyboard.press('+');
    const zoomed = await view();
    assert.ok(zoomed && zoomed[1] - zoomed[0] < 7_000 && zoomed[0] > 0);
    await traced.page.keyboard.press('ArrowRight');
    const moved = await view();
    assert.ok(moved && moved[0] > zoomed[0] && moved[1] - moved[0] === zoomed[1] - zoomed[0]);
    await traced.page.keyboard.press('0');
    assert.equal(await view(), null);
    await traced.page.keyboard.press('-');
    assert.equal(await view(), null);
  });

  it('zooms around the pointer with the wheel and drags the view along', async () => {
    await open();
    const { x, y } = await pointOf(/120 tokens/, 0.5);
    await traced.page.mouse.move(x, y);
    await traced.page.keyboard.down('Control');
    await traced.page.mouse.wheel(0, -400);
    await traced.page.keyboard.up('Control');
    const zoomed = await view();
    assert.ok(zoomed && zoomed[0] > 0 && zoomed[1] < 9_900);
    await traced.page.mouse.down();
    await traced.page.mouse.move(x - 100, y, { steps: 4 });
    await traced.page.mouse.up();
    const dragged = await view();
    assert.ok(dragged && dragged[0] > zoomed[0]);
    // A drag is no click.
    assert.equal(await row(/45 tokens/).getAttribute('aria-current'), 'true');
  });

  it('scrolls the rows with the plain wheel when there are more than fit', async () => {
    await open({ source: largeTrace(100, 40) });
    const { x, y } = await pointOf(/40 tokens/, 0.5);
    await traced.page.mouse.move(x, y);
    await traced.page.mouse.wheel(0, 240);
    await traced.page.waitForFunction(
      () => document.querySelector('.run-scroller')?.scrollTop === 240,
    );
    assert.equal(await view(), null);
  });

  it('shows the rate where the pointer is, and what the other marks are', async () => {
    await open();
    const tooltip = traced.page.locator('.tooltip:visible');
    const hover = async (name: string | RegExp, share: number): Promise<string> => {
      const { x, y } = await pointOf(name, share);
      await traced.page.mouse.move(x, y);
      return tooltip.innerText();
    };
    assert.match(await hover(/45 tokens/, 0.2), /\d+\.\d tok\/s at \d/);
    assert.match(await hover(/120 tokens/, 0.62), /stall 1\.70 s/);
    assert.match(await hover(/120 tokens/, 0.32), /TTFT 412 ms/);
    assert.match(await hover(/lookup_order/, 0.276), /tool call/);
    assert.match(await hover(/RATE_LIMIT/, 0.38), /No response: the provider refused/);
    const { x, y } = await pointOf(/45 tokens/, 0.9);
    await traced.page.mouse.move(x, y);
    assert.equal(await tooltip.count(), 0);
  });

  it('goes to the row and the moment that is clicked', async () => {
    await open();
    const { x, y } = await pointOf(/120 tokens/, 0.62);
    await traced.page.mouse.click(x, y);
    await traced.idle();
    assert.equal(await row(/120 tokens/).getAttribute('aria-current'), 'true');
    // In the stall after the 62nd token.
    assert.match(await progress().innerText(), /^Token: 62\/120 /);
  });

  it('filters rows by any part of their labels', async () => {
    await open();
    await traced.page.getByRole('textbox', { name: 'Filter calls' }).fill('GPT-4O');
    await traced.idle();
    assert.equal(await rows().count(), 2);
    await traced.page.getByRole('textbox', { name: 'Filter calls' }).fill('nothing like this');
    await traced.page.getByText('No call or step matches the filter.').waitFor();
    await traced.page.getByRole('button', { name: 'Clear Filter' }).click();
    await traced.idle();
    assert.equal(await rows().count(), 9);
  });

  it('gives its rows more room with the splitter, by keys and by dragging', async () => {
    await open({ source: largeTrace(100, 40) });
    const splitter = traced.page.getByRole('separator', { name: 'Height of the run timeline' });
    const height = async (): Promise<number> => (await region().boundingBox())?.height ?? 0;
    const before = await height();
    await splitter.press('ArrowDown');
    await traced.idle();
    assert.equal(await height(), before + 24);
    const box = await splitter.boundingBox();
    assert.ok(box);
    await traced.page.mouse.move(box.x + 300, box.y + 2);
    await traced.page.mouse.down();
    await traced.page.mouse.move(box.x + 300, box.y - 98, { steps: 3 });
    await traced.page.mouse.up();
    await traced.idle();
    assert.ok((await height()) < before);
    await splitter.dblclick();
    await traced.idle();
    assert.equal(await height(), before);
  });

  it('zooms with two fingers and pans with one', async () => {
    await open({ hasTouch: true });
    const { x, y } = await pointOf(/120 tokens/, 0.5);
    const session = await traced.page.context().newCDPSession(traced.page);
    const touch = (type: string, ...xs: number[]): Promise<unknown> =>
      session.send(
        'Input.dispatchTouchEvent' as 'Page.enable',
        {
          type,
          touchPoints: xs.map((at, id) => ({ x: at, y, id })),
        } as unknown as undefined,
      );
    await touch('touchStart', x - 50, x + 50);
    for (const apart of [60, 80, 100]) await touch('touchMove', x - apart, x + apart);
    await touch('touchEnd');
    const zoomed = await view();
    assert.ok(zoomed && zoomed[1] - zoomed[0] < 6_500);
    await touch('touchStart', x);
    for (const by of [20, 60, 100]) await touch('touchMove', x + by);
    await touch('touchEnd');
    const panned = await view();
    assert.ok(panned && panned[0] < zoomed[0]);
  });

  it('shows a hostile name as nothing but text', async () => {
    const source = pictureTrace();
    const name = '<img src=x onerror=alert(1)>\u202e\u0000\ud800';
    const detail = source.run({ run: source.summary.runs[0]!.key });
    const steps = detail.steps.map((step) => ({ ...step, name, summary: name, call: null }));
    await open({ source: { ...source, run: () => ({ ...detail, steps }) } });
    assert.equal(await rows().count(), 9);
    assert.equal(await region().locator('img').count(), 0);
    assert.ok((await row(/onerror/).innerText()).includes('<img src=x onerror=alert(1)>'));
  });
});
