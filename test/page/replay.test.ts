import assert from 'node:assert/strict';
import { TokenKind, columnsOf } from '../../src/model/tokens.js';
import { runKey, stepKey } from '../../src/model/trace.js';
import { microseconds } from '../../src/model/units.js';
import { SyntheticTrace, pictureTrace, stream } from './syntheticTrace.js';
import type { TraceSource } from './traceSource.js';
import { pageFixture } from './pageFixture.js';
import type { TracePage } from './tracePage.js';

describe('replay and token timeline in the page', () => {
  const openPage = pageFixture();
  let traced: TracePage;

  async function open(
    source: TraceSource,
    options: { step?: number; token?: number; play?: boolean; reducedMotion?: boolean } = {},
  ): Promise<void> {
    traced = await openPage({
      source,
      reducedMotion: options.reducedMotion ?? false,
      reveal: {
        run: runKey(1),
        step: stepKey(options.step ?? 1),
        token: options.token ?? null,
        play: options.play ?? false,
      },
    });
  }
  const button = (name: string) => traced.page.getByRole('button', { name, exact: true });
  const progress = () => traced.page.getByRole('status', { name: 'Replay progress' });
  const text = () => traced.page.getByRole('region', { name: 'Replayed text' });
  const timeline = () => traced.page.getByRole('region', { name: 'Token timeline' });
  const saying = (words: string | RegExp) => progress().filter({ hasText: words }).waitFor();
  /** What has been received, as assistive technologies get it. */
  const received = async () => {
    await traced.idle();
    return text().evaluate((region) => {
      const copy = region.cloneNode(true) as HTMLElement;
      for (const future of copy.querySelectorAll('[aria-hidden="true"]')) future.remove();
      return copy.textContent;
    });
  };

  /** 45 tokens "t1 ", "t2 ", … every 50 ms, with a stall of 2 s after the 20th. */
  const short = (): TraceSource => {
    const trace = new SyntheticTrace('short');
    trace.call(
      { name: 'gpt-4o-mini', startMs: 0, tailMs: 0 },
      columnsOf(
        Array.from({ length: 45 }, (_, at) => ({
          offsetUs: microseconds((100 + at * 50 + (at >= 20 ? 1_950 : 0)) * 1_000),
          text: `t${at + 1} `,
          kind: TokenKind.text,
        })),
      ),
    );
    return trace.source();
  };

  it('shows what had come, and nothing else, to assistive technologies', async () => {
    await open(short(), { token: 2 });
    assert.equal(await received(), 't1 t2 t3 ');
    await button('Next token').click();
    assert.equal(await received(), 't1 t2 t3 t4 ');
    await saying('Token: 4/45 Time: 250ms / 4250ms');
    await button('Previous token').click();
    assert.equal(await received(), 't1 t2 t3 ');
    assert.equal(await text().locator('.current').textContent(), 't3 ');
  });

  it('holds all of the text at rest, and only the text', async () => {
    await open(short());
    const whole = Array.from({ length: 45 }, (_, at) => `t${at + 1} `).join('');
    assert.equal(await text().textContent(), whole);
    assert.equal(await received(), whole);
  });

  it('plays to the end, shortens stalls, and begins anew', async () => {
    await open(short());
    await button('Skip stalls').click();
    await traced.page.getByRole('combobox', { name: 'Speed' }).selectOption('10×');
    await button('Play').click();
    await saying('Token: 45/45 Time: 4250ms / 4250ms');
    await button('Play').waitFor();
    await traced.page.getByRole('combobox', { name: 'Speed' }).selectOption('0.5×');
    await button('Play').click();
    await saying(/Token: [12]\/45/);
    await button('Stop').click();
    await saying('Token: 0/45 Time: 0ms / 4250ms');
    await traced.idle();
  });

  it('plays at once when it is opened to be played', async () => {
    // While it plays, the page is not idle: it is at the end when it is open.
    await open(short(), { play: true });
    await saying('Token: 45/45');
  });

  it('is not read out while it plays', async () => {
    await open(short());
    assert.equal(await progress().getAttribute('aria-live'), 'polite');
    await button('Play').click();
    await button('Pause').waitFor();
    assert.equal(await progress().getAttribute('aria-live'), 'off');
  });

  it('takes its keys everywhere but where someone types', async () => {
    await open(short());
    const { keyboard } = traced.page;
    await timeline().focus();
    for (const key of ['.', '.', '.', ',']) await keyboard.press(key);
    await saying('Token: 2/45');
    await keyboard.press(']');
    await traced.idle();
    assert.equal(await traced.page.getByRole('combobox', { name: 'Speed' }).inputValue(), '2');
    const search = traced.page.getByRole('textbox', { name: 'Search tokens' });
    await search.pressSequentially('a.b, [c] ');
    assert.equal(await search.inputValue(), 'a.b, [c] ');
    await saying('Token: 2/45');
    // The space bar presses the button that has the focus, and does not play as well.
    await search.fill('');
    await traced.idle();
    await traced.page.getByRole('tab', { name: 'Statistics' }).focus();
    await keyboard.press('Space');
    await button('Play').waitFor();
    await timeline().focus();
    await keyboard.press('Space');
    await button('Pause').waitFor();
    await keyboard.press('Escape');
    await saying('Token: 0/45');
  });

  it('moves with the slider, by keys and by pointer', async () => {
    await open(short());
    const slider = traced.page.getByRole('slider', { name: 'Replay position' });
    await slider.focus();
    await traced.page.keyboard.press('End');
    await saying('Token: 45/45');
    await traced.page.keyboard.press('ArrowLeft');
    await saying('Token: 44/45');
    assert.equal(await slider.getAttribute('aria-valuenow'), '44');
    assert.match((await slider.getAttribute('aria-valuetext')) ?? '', /^Token 44 of 45, 4200 ms$/);
    const box = await traced.page.locator('.replay-slider').boundingBox();
    assert.ok(box);
    await traced.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    // Half of the time lies within the stall after the 20th token.
    await saying(/Token: 20\/45 Time: 21\d\dms/);
  });

  it('goes where the token timeline is clicked, and says so on a step', async () => {
    await open(short());
    const box = await timeline().boundingBox();
    assert.ok(box);
    await traced.page.mouse.click(box.x + box.width - 30, box.y + 80);
    await saying(/Token: 4[345]\/45/);
    await timeline().focus();
    await traced.page.keyboard.press('Home');
    await saying('Token: 1/45');
    await traced.page.keyboard.press('ArrowRight');
    await timeline().getByText('t2·, #1, 150.0 ms, +50.0 ms, text').waitFor({ state: 'attached' });
  });

  it('shows token, time and delta under the pointer', async () => {
    await open(short(), { token: 0 });
    const box = await timeline().boundingBox();
    assert.ok(box);
    // The plot is inset by 8 px on the left and 16 px on the right.
    const x = box.x + 8 + ((box.width - 24) * 100) / 4_250;
    await traced.page.mouse.move(x, box.y + 90);
    const tooltip = traced.page.locator('.tooltip:visible');
    assert.match((await tooltip.textContent()) ?? '', /^t1·\n#0 · 100\.0 ms · \+100\.0 ms · text/);
  });

  it('zooms and fits, and keeps the view of the user', async () => {
    await open(short(), { token: 10 });
    await timeline().focus();
    for (const key of ['+', '+', '+']) await traced.page.keyboard.press(key);
    await traced.idle();
    const saved = (await traced.savedState()) as { viewport: { tokenView: unknown } };
    assert.notEqual(saved.viewport.tokenView, null);
    await traced.page.keyboard.press('0');
    await traced.idle();
    const fitted = (await traced.savedState()) as { viewport: { tokenView: unknown } };
    assert.equal(fitted.viewport.tokenView, null);
  });

  it('keeps the current token of a long text on the screen', async () => {
    const trace = new SyntheticTrace('long');
    trace.call(
      { name: 'gpt-4.1', startMs: 0 },
      stream(20_000, 100, () => 10),
    );
    await open(trace.source(), { token: 12_345 });
    const isOnScreen = () =>
      text().evaluate((region) => {
        const current = region.querySelector('.current')?.getBoundingClientRect();
        const box = region.getBoundingClientRect();
        return current !== undefined && current.top >= box.top && current.bottom <= box.bottom;
      });
    assert.ok(await isOnScreen());
    await traced.page.getByRole('slider', { name: 'Replay position' }).focus();
    await traced.page.keyboard.press('End');
    await traced.idle();
    assert.ok(await isOnScreen());
  });

  it('leaves the reader where they are when the file is read anew', async () => {
    const trace = new SyntheticTrace('long');
    trace.call(
      { name: 'gpt-4.1', startMs: 0 },
      stream(5_000, 100, () => 10),
    );
    const first = trace.source();
    let generation = 1;
    const source = {
      ...first,
      run: (params: Parameters<TraceSource['run']>[0]) => ({ ...first.run(params), generation }),
    };
    await open(source, { token: 40 });
    await text().hover();
    await traced.page.mouse.wheel(0, 2_000);
    const top = () => text().evaluate((region) => Math.round(region.scrollTop));
    await traced.page.waitForFunction(() => {
      const region = document.querySelector('.replay-text');
      return region !== null && region.scrollTop >= 1_900;
    });
    await traced.idle();
    const before = await top();
    generation = 2;
    const summary = { ...source.summary, generation };
    traced.host.notify('state', { status: 'ready', summary, sourceLost: null });
    await traced.page.locator('main[data-generation="2"][data-idle="true"]').waitFor();
    assert.ok(Math.abs((await top()) - before) <= 30, `${before} became ${await top()}`);
    await saying('Token: 41/5000');
  });

  it('has no blinking caret for those who want no motion', async () => {
    await open(short(), { reducedMotion: true });
    await button('Play').click();
    await saying(/Token: [1-9]/);
    // In one go: with each token the element is another one.
    const animation = await text().evaluate((region) => {
      const current = region.querySelector('.current');
      return current && getComputedStyle(current, '::after').animationName;
    });
    assert.equal(animation, 'none');
  });

  it('shows the recorded response of a call that was not streamed', async () => {
    const source = pictureTrace();
    const response = {
      title: 'Response',
      format: 'text',
      text: 'All of it.',
      cutFrom: null,
    } as const;
    await open(
      { ...source, step: ({ step }) => ({ key: step, sections: [response] }) },
      { step: 8 },
    );
    await traced.page.getByText('The response as it was recorded, without times:').waitFor();
    assert.equal(await text().innerText(), 'All of it.');
    // A call with tokens shows those.
    await traced.page
      .getByRole('button', { name: /claude-sonnet/ })
      .first()
      .click();
    await traced.idle();
    assert.doesNotMatch(await text().innerText(), /All of it/);
  });

  it('says what is known of a call without tokens', async () => {
    await open(pictureTrace(), { step: 8 });
    await traced.page.getByText('The call failed before a token came.').first().waitFor();
    await saying('No tokens to replay');
    assert.equal(await button('Play').isDisabled(), true);
    await traced.page
      .getByText(/No response: the provider refused the request/)
      .first()
      .waitFor();
  });

  it('invents no times for a call of which only the order is known', async () => {
    const trace = new SyntheticTrace('order');
    const columns = stream(30, 0, () => 0);
    trace.call({ name: 'gpt-4o-mini', startMs: 0 }, columns, { clockSource: 'order-only' });
    await open(trace.source(), { token: 9 });
    await saying('Token: 10/30 Time: not recorded (order only)');
    await traced.page.getByText('order only: no timing').first().waitFor();
    await button('Play').click();
    await saying('Token: 30/30');
  });

  it('moves a line and a veil over the marks that are still to come, and paints nothing anew', async () => {
    await open(short());
    const left = (name: string) =>
      timeline()
        .locator(`.token-${name}`)
        .evaluate((moved) => moved.getBoundingClientRect().left);
    const isVeiled = () => timeline().locator('.token-veil').isVisible();
    assert.equal(await isVeiled(), false);
    await timeline()
      .locator('canvas')
      .first()
      .evaluate((canvas: HTMLCanvasElement) => {
        const context = canvas.getContext('2d');
        if (context) context.clearRect = () => document.body.setAttribute('data-painted', 'true');
      });
    await button('Next token').click();
    await traced.idle();
    const first = await left('cursor');
    await timeline().press('End');
    await traced.idle();
    assert.ok((await left('cursor')) > first + 100);
    assert.ok((await left('veil')) > (await left('cursor')));
    assert.equal(await traced.page.locator('[data-painted]').count(), 0);
    await button('Stop').click();
    await traced.idle();
    assert.equal(await isVeiled(), false);
  });

  it('lets nothing turn around or hide what follows, wherever a text is shown', async () => {
    const trace = new SyntheticTrace('run \u202Enur');
    trace.call(
      { name: 'model \u2067ledom', startMs: 0 },
      columnsOf([
        { offsetUs: microseconds(1_000), text: 'user\u202Etxt.exe', kind: TokenKind.text },
      ]),
      { errorMessage: 'gone\u202Eenog', state: 'failed' },
    );
    await open(trace.source());
    await traced.page.locator('.run-plot').hover({ position: { x: 20, y: 34 } });
    assert.match(await text().innerText(), /user U\+202E txt\.exe/);
    for (const tab of await traced.page.getByRole('tab').all()) {
      await tab.click();
      await traced.idle();
      const html = await traced.page.evaluate(() => document.documentElement.outerHTML);
      assert.doesNotMatch(html, /[\u202A-\u202E\u2066-\u2069]/);
    }
    assert.match(await traced.page.getByRole('combobox', { name: 'Runs' }).innerText(), /U\+202E/);
    await traced.page.getByRole('tab', { name: 'Tokens' }).click();
    await traced.page.getByRole('button', { name: 'Copy token' }).click();
    await traced.idle();
    assert.deepEqual(traced.copied, ['user\u202Etxt.exe']);
  });

  it('shows hostile text as text', async () => {
    const trace = new SyntheticTrace('hostile');
    const pieces = [
      '<img src=x onerror=alert(1)>',
      '<script>alert(1)</script>',
      '\u202Eevil',
      '\u0000',
    ];
    trace.call(
      { name: '<b>model</b>', startMs: 0 },
      columnsOf(
        [...pieces, 'y'.repeat(1_000_000)].map((piece, at) => ({
          offsetUs: microseconds(at * 10_000 + 10_000),
          text: piece,
          kind: TokenKind.text,
        })),
      ),
    );
    await open(trace.source(), { token: 4 });
    assert.equal(await text().locator('img, script, b').count(), 0);
    assert.match(await text().innerText(), /<img src=x onerror=alert\(1\)><script>/);
    assert.match(await text().innerText(), /980,000 more characters/);
  });
});
