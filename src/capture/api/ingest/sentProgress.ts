/** What SDKs say of how far steps are: without secrets, and without what says nothing new. */
import type { EpochMicroseconds } from '../../../model/units.js';
import type { Redaction } from '../../../redaction/redaction.js';
import type { StepProgressed, TraceEvent } from '../../../store/log/traceEvent.js';
import type { Sent } from './eventSchemas.js';

interface Heard {
  readonly atUs: number;
  readonly phase: string | undefined;
  readonly phaseAtUs: number;
}

/** Steps of which the newest word is remembered: the one that was heard of longest ago is forgotten. */
const mostSteps = 10_000;

export class SentProgress {
  private readonly heard = new Map<string, Heard>();

  constructor(private readonly redaction: Redaction) {}

  /** @param atUs when it was, or else when it arrived. */
  eventsOf(sent: Sent<'step_progress'>, atUs: EpochMicroseconds): StepProgressed[] {
    const known = this.heard.get(sent.step_id);
    const { phase } = sent;
    // Sent once more. A phase is known by its time wherever it is in the order, a number is not.
    const isOld = known !== undefined && atUs < known.atUs;
    const goesOn = phase === known?.phase && atUs >= (known?.phaseAtUs ?? 0);
    const begins = phase !== undefined && !goesOn;
    this.remember(sent.step_id, {
      atUs: Math.max(atUs, known?.atUs ?? 0),
      ...(begins && !(known && atUs < known.phaseAtUs)
        ? { phase, phaseAtUs: atUs }
        : { phase: known?.phase, phaseAtUs: known?.phaseAtUs ?? 0 }),
    });
    const said = {
      ...(!isOld && sent.progress !== undefined && { progress: sent.progress }),
      ...(!isOld && sent.message !== undefined && { message: this.redaction.text(sent.message) }),
      ...(begins && { phase: this.redaction.text(phase) }),
    };
    if (Object.keys(said).length === 0) return [];
    return [{ type: 'step-progressed', stepId: sent.step_id, atUs, ...said }];
  }

  private remember(id: string, heard: Heard): void {
    this.heard.delete(id);
    this.heard.set(id, heard);
    if (this.heard.size > mostSteps) this.heard.delete(this.heard.keys().next().value ?? '');
  }
}

/** Events that are written together: of what a step says again and again, the newest. */
export class EventsOfTurn {
  private events: TraceEvent[] = [];
  /** Places of what steps said last. */
  private readonly newest = new Map<string, number>();

  add(events: readonly TraceEvent[]): void {
    for (const event of events) {
      if (event.type === 'step-progressed') this.addProgress(event);
      else {
        if ('stepId' in event) this.newest.delete(event.stepId);
        this.events.push(event);
      }
    }
  }

  take(): TraceEvent[] {
    const { events } = this;
    this.events = [];
    this.newest.clear();
    return events;
  }

  private addProgress(event: StepProgressed): void {
    const place = this.newest.get(event.stepId);
    const before = place === undefined ? undefined : this.events[place];
    if (place !== undefined && before?.type === 'step-progressed' && event.phase === undefined) {
      // The time is that of the phase, if one began.
      this.events[place] = { ...before, ...event, atUs: before.phase ? before.atUs : event.atUs };
      return;
    }
    this.newest.set(event.stepId, this.events.length);
    this.events.push(event);
  }
}
