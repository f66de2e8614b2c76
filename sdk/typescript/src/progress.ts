/** What a step says of how far it is. It may say it in every turn of a loop: of that, what is newest is sent. */
import { monotonicUs } from './clock.js';
import type { RunFrame } from './context.js';
import type { OpenStream } from './sending/outbox.js';
import { given, labelOf, messageOf } from './texts.js';
import { warnOnce } from './warnings.js';

export class Progress implements OpenStream {
  private known: { readonly progress?: number; readonly message?: string } = {};
  private phaseName: string | undefined;
  private saidUs: number | null = null;

  constructor(
    private readonly stepId: string,
    private readonly run: RunFrame,
  ) {}

  say(fraction: unknown, message: unknown): void {
    const said = given({ progress: fractionOf(fraction), message: messageOf(message) });
    if (Object.keys(said).length === 0) return;
    this.known = { ...this.known, ...said };
    if (this.saidUs === null) this.run.destination.outbox.openStream(this);
    this.saidUs = monotonicUs();
  }

  phase(name: unknown): void {
    const phase = labelOf(name, 'A phase');
    if (phase === undefined || phase === this.phaseName) return;
    this.seal();
    this.phaseName = phase;
    this.put(monotonicUs(), { phase });
  }

  seal(): void {
    if (this.saidUs === null) return;
    this.run.destination.outbox.closeStream(this);
    this.put(this.saidUs, this.known);
    this.saidUs = null;
  }

  /** It goes on to be open: only a call or a run is ended. */
  interrupt(): void {
    this.seal();
  }

  private put(atUs: number, said: typeof this.known & { readonly phase?: string }): void {
    const { destination, clock } = this.run;
    const timestamp_us = clock.wallUs(atUs);
    destination.outbox.put({
      type: 'step_progress',
      ...{ step_id: this.stepId, timestamp_us, ...said },
    });
  }
}

/** Sums of fractions are not exact: so much beyond is no mistake. */
const tolerance = 1e-6;

function fractionOf(value: unknown): number | undefined {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    warnOnce(
      'progress',
      'Progress must be a number from 0 to 1, and was none: it is not recorded. Give a part of the whole, as 3 / 10.',
    );
    return undefined;
  }
  if (value < -tolerance || value > 1 + tolerance) {
    warnOnce(
      'range of progress',
      'Progress must be from 0 to 1, and was beyond: it is recorded as the nearest of the two. Give a part of the whole, as 3 / 10.',
    );
  }
  return Math.min(Math.max(value, 0), 1);
}
