/** Where records go now, and where in the trace they belong. */
import type { TraceOptions } from './api.js';
import { type Destination, type Place, currentPlace, placeOf } from './context.js';
import type { Outbox } from './sending/outbox.js';
import { createOutbox } from './sending/createOutbox.js';
import { ImplicitRun, showUncaughtExceptions } from './implicitRun.js';
import { type TraceSettings, checkedOptions, settingsOf } from './settings.js';
import { warnOnce } from './warnings.js';

export class Destinations {
  private options: TraceOptions = {};
  private made: { readonly destination: Destination; readonly implicitRun: ImplicitRun } | null =
    null;

  private readonly outboxes = new Set<Outbox>();

  constructor(private readonly outboxFor: (settings: TraceSettings) => Outbox = createOutbox) {}

  /** What is open goes on to where it was started. @throws TypeError */
  configure(options: unknown): void {
    const changed = { ...this.options, ...checkedOptions(options) };
    if (JSON.stringify(settingsOf(changed)) !== JSON.stringify(settingsOf(this.options))) {
      this.made?.implicitRun.end();
      this.made = null;
    }
    this.options = changed;
  }

  /** Null: nothing is recorded. */
  get current(): Destination | null {
    const { destination } = this.making();
    return destination.outbox.enabled ? destination : null;
  }

  /** All of it, also what was put before another `configure`. */
  async flush(timeoutMs?: number): Promise<boolean> {
    const flushed = await Promise.all([...this.outboxes].map((outbox) => outbox.flush(timeoutMs)));
    return flushed.every(Boolean);
  }

  /** Where something belongs; null when nothing is recorded. */
  placeFor(parent: unknown): Place | null {
    if (this.current === null) return null;
    if (parent !== undefined && parent !== null) {
      const place = placeOf(parent);
      if (place) return place;
      warnOnce(
        'parent',
        'A parent was given that is no run, step or stream of this trace, and is not used: give what startRun, startStep or startLlmStream returned.',
      );
    }
    return currentPlace() ?? this.making().implicitRun.place;
  }

  private making() {
    if (this.made) return this.made;
    const settings = settingsOf(this.options);
    const destination = { settings, outbox: this.outboxFor(settings) };
    this.outboxes.add(destination.outbox);
    this.made = { destination, implicitRun: new ImplicitRun(destination) };
    if (destination.outbox.enabled) showUncaughtExceptions(this.made.implicitRun);
    return this.made;
  }
}
