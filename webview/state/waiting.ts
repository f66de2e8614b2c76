/** How long nothing has come of a call that streams. */
import { formatDuration } from '../../src/model/formatting.js';
import type { Step } from '../../src/model/trace.js';
import { type Microseconds, microseconds } from '../../src/model/units.js';

/** Shorter silences are nothing to speak of. */
const shortestUs = 1_000_000;
const minuteUs = 60_000_000;

/**
 * `nowUs` is since the run's start; null while tokens come, for a call that does not stream, and where tokens may come
 * that are not kept.
 */
export function waitingUs(
  { call, startUs }: Step,
  nowUs: Microseconds | null,
): Microseconds | null {
  if (call?.state !== 'streaming' || call.sampleRate < 1 || nowUs === null) return null;
  const silenceUs = nowUs - startUs - (call.metrics.lastTokenUs ?? 0);
  return silenceUs >= shortestUs ? microseconds(silenceUs) : null;
}

/** "waiting 3.2 s…" */
export function waitingWords(silenceUs: Microseconds): string {
  const length =
    silenceUs < minuteUs ? `${(silenceUs / 1_000_000).toFixed(1)} s` : formatDuration(silenceUs);
  return `waiting ${length}…`;
}
