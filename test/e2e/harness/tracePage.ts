/** The trace page as ui.md describes it: everything is found by role and name. */
import assert from 'node:assert/strict';
import type { Frame, Locator, Page } from 'playwright-core';

export class TracePage {
  readonly main: Locator;

  constructor(readonly page: Page) {
    // A webview is a frame inside a frame. A hidden editor's one is kept for a moment: take the visible.
    this.main = page
      .frameLocator('iframe.webview.ready:visible')
      .frameLocator('iframe#active-frame')
      .getByRole('main', { name: 'Trace' });
  }

  /** The trace is shown, no request is pending, no frame is scheduled. */
  async whenIdle(): Promise<void> {
    await this.main.and(this.page.locator('[data-idle="true"]')).waitFor({ timeout: 30_000 });
  }

  get runs(): Locator {
    return this.main.getByRole('combobox', { name: 'Runs' });
  }
  get runTimeline(): Locator {
    return this.main.getByRole('region', { name: 'Run timeline' });
  }
  get tokenTimeline(): Locator {
    return this.main.getByRole('region', { name: 'Token timeline' });
  }
  get replay(): Locator {
    return this.main.getByRole('toolbar', { name: 'Replay' });
  }
  get position(): Locator {
    return this.main.getByRole('slider', { name: 'Replay position' });
  }
  get progress(): Locator {
    return this.main.getByRole('status', { name: 'Replay progress' });
  }
  get replayedText(): Locator {
    return this.main.getByRole('region', { name: 'Replayed text' });
  }
  get tokens(): Locator {
    return this.main.getByRole('grid', { name: 'Tokens' });
  }
  get statistics(): Locator {
    return this.main.getByRole('table', { name: 'Statistics' });
  }

  get speed(): Locator {
    return this.main.getByRole('combobox', { name: 'Speed' });
  }

  /** Settles when this speed is chosen, as in "0.5×". */
  async whenSpeed(text: string): Promise<void> {
    await this.speed.and(this.page.locator(`:has(option:checked:text-is("${text}"))`)).waitFor();
  }

  /** A button of the page by its whole name. */
  button(name: string): Locator {
    return this.main.getByRole('button', { name, exact: true });
  }

  /** A row of the run timeline by a part of its name. */
  step(name: string | RegExp): Locator {
    return this.runTimeline.getByRole('button', { name }).first();
  }

  tabOf(name: string): Locator {
    return this.main.getByRole('tab', { name });
  }

  async selectStep(name: string | RegExp): Promise<void> {
    await this.step(name).click();
    await this.whenIdle();
  }

  /** The value of a row of the Statistics table. */
  figure(name: string | RegExp): Locator {
    return this.statistics.getByRole('row').filter({ hasText: name }).first();
  }

  /** Settles when the progress reads like this. */
  async whenProgress(text: string | RegExp): Promise<void> {
    await this.progress.and(this.main.getByText(text, { exact: true })).waitFor();
  }

  /** Rows of the token grid that exist in the page, without its header. */
  get tokenRows(): Locator {
    return this.tokens.locator('[role="row"]:has([role="gridcell"])');
  }

  /** The frame with the page's own document. */
  async frame(): Promise<Frame> {
    const handle = await this.main.elementHandle();
    const frame = await handle?.ownerFrame();
    assert.ok(frame, 'the trace page has no frame');
    return frame;
  }
}
