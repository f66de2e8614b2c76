/** Single rows of a native trace into which a capture's log is applied. */
import { type RunKey, type RunSummary, type StepKey, runKey, stepKey } from '../../model/trace.js';
import type { TokenColumns } from '../../model/tokens.js';
import type { Database } from '../database.js';
import { amountOf, keyOf } from '../rowValues.js';
import type { GrowingReader, LastToken, RecordedStep } from '../traceReader.js';
import { nativeRun, runQuery } from './nativeReader.js';
import { callColumns, nativeStep, stepColumns } from './nativeSteps.js';
import { readTokens } from './tokenRows.js';

const stepQuery = `
SELECT ${stepColumns}, ${callColumns},
       (SELECT runs.started_at_us FROM runs WHERE runs.run_key = steps.run_key) AS run_started_at_us
FROM steps LEFT JOIN llm_calls ON llm_calls.call_key = steps.step_key
WHERE steps.step_key = ? AND steps.run_key = ?`;

export class GrowingNative implements GrowingReader {
  constructor(private readonly database: Database) {}

  runOf(step: StepKey): RunKey | null {
    const row = this.database.get('SELECT run_key FROM steps WHERE step_key = ?', [step]);
    const key = keyOf(row?.['run_key']);
    return key === null ? null : runKey(key);
  }

  run(key: RunKey): Omit<RunSummary, 'tokenCount'> | null {
    const row = this.database.get(runQuery, [key]);
    return row ? nativeRun(key, row, 0) : null;
  }

  countTokens(run: RunKey): number {
    const row = this.database.get(
      `SELECT sum((SELECT count(*) FROM llm_tokens WHERE llm_tokens.call_key = steps.step_key)) AS tokens
       FROM steps WHERE steps.run_key = ?`,
      [run],
    );
    return amountOf(row?.['tokens']) ?? 0;
  }

  step(key: StepKey, run: RunKey, storedTokens: () => number): RecordedStep | null {
    const row = this.database.get(stepQuery, [key, run]);
    if (!row) return null;
    const tokens = row['call_key'] === null ? 0 : storedTokens();
    return nativeStep(
      stepKey(key),
      { ...row, stored_tokens: tokens },
      amountOf(row['run_started_at_us']) ?? 0,
    );
  }

  tokensBehind(call: StepKey, last: LastToken): TokenColumns {
    return readTokens(this.database, call, last);
  }
}
