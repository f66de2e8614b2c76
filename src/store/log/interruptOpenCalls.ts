/** What is open when its recorder has ended, or died: whatever was written stays. */
import { stepKey } from '../../model/trace.js';
import { microseconds } from '../../model/units.js';
import type { TraceWriter } from '../native/traceWriter.js';

/** Calls that still stream become `interrupted`, with the text that came; returns how many there were. */
export function interruptOpenCalls(
  writer: TraceWriter,
  how: 'ended' | 'ended unexpectedly' | 'was copied' = 'ended unexpectedly',
): number {
  const { database } = writer;
  return database.transaction(() => {
    const calls = database.all(
      `SELECT call_key, ttfc_us, sample_rate,
              (SELECT max(offset_us) FROM llm_tokens WHERE llm_tokens.call_key = llm_calls.call_key) AS last_us,
              (SELECT count(*) FROM llm_tokens WHERE llm_tokens.call_key = llm_calls.call_key) AS tokens
       FROM llm_calls WHERE state = 'streaming'`,
    );
    for (const { call_key: key, ttfc_us: ttfcUs, last_us: lastUs, tokens, sample_rate } of calls) {
      // Of a sampled one nobody knows how many came.
      const when = Number(sample_rate) < 1 ? 'before the call had' : after(Number(tokens));
      const until = typeof lastUs === 'number' ? lastUs : ttfcUs;
      writer.endCall(stepKey(Number(key)), {
        state: 'interrupted',
        durationUs: typeof until === 'number' ? microseconds(until) : null,
        errorCode: 'INTERRUPTED',
        errorMessage: `The capture ${how} ${when}.`,
      });
    }
    // Whatever else was under way: nobody knows for how long it went on.
    database.exec(`
      UPDATE steps SET status = 'interrupted' WHERE status = 'running';
      UPDATE runs SET status = 'failed', ended_at_us = coalesce(
        (SELECT max(started_at_us + coalesce(duration_us, 0)) FROM steps WHERE steps.run_key = runs.run_key),
        started_at_us) WHERE status = 'running'`);
    return calls.length;
  });
}

const after = (tokens: number): string =>
  tokens === 0 ? 'before the first token' : `after ${tokens} ${tokens === 1 ? 'token' : 'tokens'}`;
