/** The texts of a call that streams may be long, and grow: they are asked for while someone looks at them, now and then. */
import type { Step } from '../../src/model/trace.js';
import type { Host } from './host.js';
import type { Clock } from './liveClock.js';
import type { PageStore } from './pageStore.js';
import { selectedStep } from './selection.js';
import { shownTab } from './tabs.js';

const eachMs = 300;

export class GrowingTexts {
  /** As it was when its texts were asked for last. */
  private asked: Step | null = null;
  private askedAtMs = -Infinity;
  private isWaiting = false;

  constructor(
    private readonly store: PageStore,
    private readonly host: Host,
    private readonly clock: Clock,
    private readonly report: (thrown: unknown) => void,
  ) {
    store.watch(['run', 'stepKey', 'tab', 'narrow', 'detail'], () => this.look());
  }

  private look(): void {
    if (this.isWaiting || this.stale() === null) return;
    this.isWaiting = true;
    this.clock.after(Math.max(0, this.askedAtMs + eachMs - this.clock.nowMs()), () => {
      this.ask()
        .catch(this.report)
        .finally(() => {
          this.isWaiting = false;
          this.look();
        });
    });
  }

  private async ask(): Promise<void> {
    const step = this.stale();
    if (!step) return;
    this.asked = step;
    this.askedAtMs = this.clock.nowMs();
    const detail = await this.host.request('step', { step: step.key });
    const now = selectedStep(this.store.current);
    // When it has ended meanwhile, its last texts are there, or on their way.
    if (now?.key === step.key && now.call?.state === 'streaming') this.store.update({ detail });
  }

  /** The step whose texts are shown and have grown; null when there is none. */
  private stale(): Step | null {
    const { detail } = this.store.current;
    const step = selectedStep(this.store.current);
    const tab = shownTab(this.store.current);
    const isShown = detail?.sections.some(({ title }) => title === tab) ?? false;
    return isShown && step !== this.asked && step?.call?.state === 'streaming' ? step : null;
  }
}
