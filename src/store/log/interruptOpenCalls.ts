/** What a recorder left open when it died: whatever it has written stays. */
import { stepKey } from '../../model/trace.js';
import { microseconds } from '../../model/units.js';
import type { TraceWriter } from '../native/traceWriter.js';

/** Calls that still stream become `interrupted`, with the text that came; returns how many there were. */
export function interruptOpenCalls(writer: TraceWriter): number {
  const { database } = writer;
  return database.transaction(() => {
    const calls = database.all(
      `SELECT call_key, ttfc_us,
              (SELECT max(offset_us) FROM llm_tokens WHERE llm_tokens.call_key = llm_calls.call_key) AS last_us,
              (SELECT count(*) FROM llm_tokens WHERE llm_tokens.call_key = llm_calls.call_key) AS tokens
       FROM llm_calls WHERE state = 'streaming'`,
    );
    for (const { call_key: key, ttfc_us: ttfcUs, last_us: lastUs, tokens } of calls) {
      const until = typeof lastUs === 'number' ? lastUs : ttfcUs;
      writer.endCall(stepKey(Number(key)), {
        state: 'interrupted',
        durationUs: typeof until === 'number' ? microseconds(until) : null,
        errorCode: 'INTERRUPTED',
        errorMessage: `The capture ended unexpectedly ${after(Number(tokens))}.`,
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
