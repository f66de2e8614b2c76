/**
 * When a call was sent and how long it took. The recorder stamps an event when its object is made, and
 * `duration_ms` runs from there until it is marked as completed (events.py of ai-agent-inspector 1.1.2:
 * `timestamp_ms` defaults to now, `set_completed` subtracts it from now). So `timestamp` is
 * - the start, where the event is made before the request: LLMCallEvent with emit(), streaming contexts;
 * - the end, where it is made after the response: `trace.llm(…, response=…)`, what everyone uses, also the
 *   LangChain, AutoGen and CrewAI adapters. Its duration is then only the recorder's own 0 or 1 ms.
 * Tokens and latencies tell which one it is; without them, a call of 0 or 1 ms has an unknown length.
 */

/** Epoch milliseconds are larger, milliseconds since the request are smaller (until the year 1973, or 3 years). */
export const smallestEpochMs = 1e11;
/** The year 5138: what is beyond is no time. */
export const largestEpochMs = 1e14;

/** Two stamps of the same moment differ by this much, because both are cut to whole milliseconds. */
const resolutionMs = 1;

export interface CallEvidence {
  /** `steps.timestamp`, epoch ms; null when it is no time. */
  readonly timestampMs: number | null;
  /** `steps.duration_ms`. */
  readonly durationMs: number | null;
  /** False while the response is still coming. */
  readonly ended: boolean;
  /** `first_token_latency_ms`, `last_token_latency_ms` of the event: since the request was sent. */
  readonly firstTokenLatencyMs: number | null;
  readonly lastTokenLatencyMs: number | null;
  /** The first and last time of the call's tokens that were stamped with the wall clock … */
  readonly epochTokens: TimeSpan | null;
  /** … and of those stamped relative to the call. */
  readonly relativeTokens: TimeSpan | null;
}

export interface TimeSpan {
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface CallTimes {
  /** Epoch ms: when the request was sent, or the earliest moment known of the call; 0 when none is. */
  readonly startMs: number;
  /** Whether `startMs` is when the request was sent, so that latencies counted from it mean something. */
  readonly requestTimeKnown: boolean;
  /** From the start to the last thing known; null while it runs or when nothing is known. */
  readonly lengthMs: number | null;
  /** Request sent → last byte; null when not recorded. */
  readonly endToEndMs: number | null;
  /** To be added to relative token times: not 0 where they count from the first token. */
  readonly relativeShiftMs: number;
}

export function callTimes(evidence: CallEvidence): CallTimes {
  const relativeShiftMs = shiftOfRelativeTokens(evidence);
  const times =
    evidence.epochTokens === null
      ? timesFromLatencies(evidence, relativeShiftMs)
      : timesFromEpochTokens(evidence, evidence.epochTokens);
  return { ...times, relativeShiftMs };
}

/** The length that an event's own duration says; null where it measured only the recorder. */
export function recordedLengthMs(durationMs: number | null): number | null {
  return durationMs !== null && durationMs > resolutionMs ? durationMs : null;
}

type Times = Omit<CallTimes, 'relativeShiftMs'>;

function timesFromEpochTokens(evidence: CallEvidence, tokens: TimeSpan): Times {
  const { timestampMs, durationMs, ended } = evidence;
  const stampedAtStart = timestampMs !== null && timestampMs <= tokens.firstMs + resolutionMs;
  const byLatency = requestTimeByLatency(evidence, tokens);
  const requestTimeKnown = byLatency !== null || stampedAtStart;
  const startMs = byLatency ?? Math.min(timestampMs ?? tokens.firstMs, tokens.firstMs);
  const lastTokenMs = tokens.lastMs - startMs;
  // The stamp plus the duration is the end, whether the stamp is the start or the end.
  const endMs = (timestampMs ?? startMs) + (durationMs ?? 0) - startMs;
  const endKnown = ended && endMs > resolutionMs && endMs + resolutionMs >= lastTokenMs;
  return {
    startMs,
    requestTimeKnown,
    lengthMs: ended ? Math.max(lastTokenMs, endKnown ? endMs : 0) : null,
    endToEndMs: endKnown && requestTimeKnown ? Math.max(lastTokenMs, endMs) : null,
  };
}

function requestTimeByLatency(evidence: CallEvidence, tokens: TimeSpan): number | null {
  if (evidence.firstTokenLatencyMs !== null) return tokens.firstMs - evidence.firstTokenLatencyMs;
  if (evidence.lastTokenLatencyMs !== null) {
    return Math.min(tokens.firstMs, tokens.lastMs - evidence.lastTokenLatencyMs);
  }
  return null;
}

function timesFromLatencies(evidence: CallEvidence, relativeShiftMs: number): Times {
  const { durationMs, ended } = evidence;
  const timestampMs = evidence.timestampMs ?? 0;
  const fromRequest = !countFromFirstToken(evidence) || relativeShiftMs > 0;
  const lastTokenMs = timeOfLastToken(evidence, relativeShiftMs);
  if (!ended) {
    return {
      startMs: timestampMs,
      requestTimeKnown: fromRequest,
      lengthMs: null,
      endToEndMs: null,
    };
  }
  const lengthMs = recordedLengthMs(durationMs);
  // No call is shorter than the time of its last token: this one was stamped when it was over.
  if (durationMs !== null && durationMs + resolutionMs < lastTokenMs) {
    const startMs = timestampMs + durationMs - lastTokenMs;
    return { startMs, requestTimeKnown: fromRequest, lengthMs: lastTokenMs, endToEndMs: null };
  }
  return {
    startMs: timestampMs,
    requestTimeKnown: fromRequest && (lengthMs !== null || lastTokenMs > 0),
    lengthMs: lengthMs ?? (lastTokenMs > 0 ? lastTokenMs : null),
    endToEndMs: lengthMs,
  };
}

/** Since the request, as far as anything tells; 0 when nothing does. */
function timeOfLastToken(evidence: CallEvidence, relativeShiftMs: number): number {
  const { firstTokenLatencyMs, lastTokenLatencyMs, relativeTokens } = evidence;
  const byTokens = relativeTokens === null ? 0 : relativeTokens.lastMs + relativeShiftMs;
  return Math.max(firstTokenLatencyMs ?? 0, lastTokenLatencyMs ?? 0, byTokens);
}

/** Relative times that begin at 0 count from the first token: no first token comes with the request. */
function countFromFirstToken({ relativeTokens }: CallEvidence): boolean {
  return relativeTokens !== null && relativeTokens.firstMs === 0;
}

function shiftOfRelativeTokens(evidence: CallEvidence): number {
  return countFromFirstToken(evidence) ? (evidence.firstTokenLatencyMs ?? 0) : 0;
}
