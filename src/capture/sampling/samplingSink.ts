/**
 * Leaves tokens out before they are stored, as the settings say. What is told of a call at its end was computed
 * from all of them. Requests, steps and runs pass.
 */
import type { EventSink, TraceEvent } from '../../store/log/traceEvent.js';
import type { SamplingSettings } from '../captureSettings.js';
import { SampledCall } from './sampledCall.js';

/** Twice of what the ingest API remembers; of the oldest, nothing is left out any more. */
const mostCalls = 4_000;

export class SamplingSink implements EventSink {
  private readonly calls = new Map<string, SampledCall>();

  /** @param leftOut is told how many tokens will not be in the trace. */
  constructor(
    private readonly settings: SamplingSettings,
    private readonly log: EventSink,
    private readonly leftOut: (count: number) => void,
  ) {}

  append(events: readonly TraceEvent[]): boolean {
    return this.log.append(events.flatMap((event) => this.kept(event)));
  }

  private kept(event: TraceEvent): TraceEvent[] {
    switch (event.type) {
      case 'call-started':
        return this.ofCall(event.callId, (call) => call.started(event));
      case 'tokens':
        return this.ofCall(event.callId, (call) => call.tokens(event));
      case 'token-text':
        return this.ofCall(event.callId, (call) => call.text(event));
      case 'call-ended':
        return this.ofCall(event.callId, (call) => call.ended(event));
      default:
        return [event];
    }
  }

  private ofCall(id: string, events: (call: SampledCall) => TraceEvent[]): TraceEvent[] {
    const known = this.calls.get(id);
    const call = known ?? new SampledCall(this.settings, this.leftOut);
    if (known) return events(call);
    this.calls.set(id, call);
    return [...this.forgotten(), ...events(call)];
  }

  private forgotten(): TraceEvent[] {
    const [oldest] = this.calls;
    if (!oldest || this.calls.size <= mostCalls) return [];
    const [id, call] = oldest;
    this.calls.delete(id);
    return call.takeHeldBack();
  }
}

/** Whether everything that comes is kept. */
export const keepsEverything = ({ storeTokens, tokenSampleRate }: SamplingSettings): boolean =>
  storeTokens && tokenSampleRate === 1;
