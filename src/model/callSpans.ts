/** When in its run a call was waited for and streamed. */
import { type Interval, holds } from './intervals.js';
import { type OutputTokens, outputTokens } from './latency.js';
import { type CallMetrics, unknownMetrics } from './metrics.js';
import type { Call, Step } from './trace.js';

/** Times are µs since the run's start; null where they are not known. */
export interface CallSpan {
  readonly sentUs: number;
  /** Until now, for one that goes on. */
  readonly endUs: number | null;
  readonly ttftUs: number | null;
  /** From the request to the first token; to the end of a call that had none, or was not streamed. */
  readonly waiting: Interval | null;
  /** From the first token to the last one; until now, for one that goes on. Null, too, where nothing streamed. */
  readonly streaming: Interval | null;
  /** From the first token to the last one that came; null as `streaming`, and where the last is not known. */
  readonly generating: Interval | null;
  readonly tokens: OutputTokens | null;
  readonly metrics: CallMetrics;
}

/** Of a run that grows, most calls have ended, and stay the same objects. */
const known = new WeakMap<Step, CallSpan>();

/** @param untilUs until when a call without an end has gone on, µs since the run's start */
export function callSpan(step: Step, untilUs: number | undefined): CallSpan {
  if (untilUs !== undefined) return newSpan(step, untilUs);
  const span = known.get(step) ?? newSpan(step, untilUs);
  known.set(step, span);
  return span;
}

function newSpan({ startUs, durationUs, call }: Step, untilUs: number | undefined): CallSpan {
  const metrics = call?.metrics ?? unknownMetrics;
  const { ttftUs, lastTokenUs } = metrics;
  const lengthUs = metrics.durationUs ?? lastTokenUs ?? durationUs;
  const endUs = untilUs ?? (lengthUs === null ? null : startUs + lengthUs);
  const firstUs = ttftUs === null ? null : startUs + ttftUs;
  const lastUs = lastTokenUs === null ? null : startUs + lastTokenUs;
  const streamEndUs = call?.state === 'streaming' ? endUs : lastUs;
  const waitEndUs = firstUs ?? (call && cameAtOnce(call) ? endUs : null);
  return {
    sentUs: startUs,
    endUs,
    ttftUs,
    waiting: between(startUs, waitEndUs),
    streaming: between(firstUs, streamEndUs),
    generating: between(firstUs, lastUs),
    tokens: call && outputTokens(call),
    metrics,
  };
}

const between = (from: number | null, to: number | null): Interval | null =>
  from === null || to === null ? null : { from, to };

/** Nothing came before its end, so that all of it was waiting. */
const cameAtOnce = ({ streaming, receivedTokens, sampleRate, clockSource }: Call): boolean =>
  clockSource !== 'order-only' &&
  (streaming === false || (receivedTokens === 0 && sampleRate === 1));

/** Whether the call was open at some time of the interval. */
export const openIn = ({ sentUs, endUs }: CallSpan, interval: Interval): boolean =>
  holds(interval, sentUs) || (sentUs < interval.from && (endUs ?? sentUs) > interval.from);
