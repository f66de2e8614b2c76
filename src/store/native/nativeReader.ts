/** Reads native traces (schema.ts). The file may hold anything: no value's type or range is relied upon. */
import {
  type RunKey,
  type RunStatus,
  type RunSummary,
  type StepDetail,
  type StepKey,
  runKey,
  stepKey,
} from '../../model/trace.js';
import type { TokenColumns } from '../../model/tokens.js';
import { epochMicroseconds } from '../../model/units.js';
import { TraceError } from '../../protocol/errors.js';
import type { Database, SqlRow } from '../database.js';
import { migrate, readableVersion } from './migrations.js';
import { callColumns, nativeStep, stepColumns } from './nativeSteps.js';
import { nativeDetail } from './nativeDetail.js';
import { amountOf, keyOf, oneOf, textColumn, textOf } from '../rowValues.js';
import { unknownRunId } from '../log/traceIds.js';
import { assertOrdinaryTables } from '../source/schemaGuard.js';
import { TokenPages } from './tokenPages.js';
import { readTokens } from './tokenRows.js';
import type { RecordedStep, TraceReader } from '../traceReader.js';

/** Bytes, of one token's. */
const longestMetadata = 65_536;
/** Bytes, of one run's: told with every change of it. */
const longestRunMetadata = 16_384;
const runStatuses: readonly RunStatus[] = ['running', 'completed', 'failed'];

/** Of every run: how many calls and errors it has. Its tokens are counted call by call. */
const figures = `
  SELECT steps.run_key AS of_run,
         count(llm_calls.call_key) AS calls,
         sum(coalesce(llm_calls.state IN ('failed', 'truncated', 'interrupted'),
                      steps.status IN ('failed', 'error') OR steps.type = 'error', 0)) AS errors
  FROM steps LEFT JOIN llm_calls ON llm_calls.call_key = steps.step_key`;

const runColumns = `run_key, ${['run_id', 'name', 'status', 'agent_type', 'session_id', 'user_id']
  .map((column) => `${textColumn(column)} AS ${column}`)
  .join(', ')}, started_at_us, ended_at_us, calls, errors`;

/** Steps whose start never came wait there: without a call among them, nothing is known of any. */
const isWorthShowing = `(run_id <> '${unknownRunId}' OR calls > 0)`;

const runsQuery = `
SELECT ${runColumns}
FROM runs LEFT JOIN (${figures} GROUP BY steps.run_key) ON of_run = run_key
WHERE ${isWorthShowing}
ORDER BY started_at_us DESC, run_key DESC`;

/** One run, without its tokens. */
export const runQuery = `
SELECT ${runColumns} FROM runs, (${figures} WHERE steps.run_key = ?1)
WHERE run_key = ?1 AND ${isWorthShowing}`;

const callsQuery = `
SELECT steps.run_key AS run_key, llm_calls.call_key AS call_key
FROM steps JOIN llm_calls ON llm_calls.call_key = steps.step_key`;

const stepsQuery = `
SELECT ${stepColumns}, ${callColumns}
FROM steps LEFT JOIN llm_calls ON llm_calls.call_key = steps.step_key
WHERE steps.run_key = ?
ORDER BY steps.step_key`;

export class NativeReader implements TraceReader {
  readonly formatLabel: string;
  private readonly unreadable = new Set<string>();
  private readonly pages: TokenPages | null;

  private constructor(
    private readonly database: Database,
    version: number,
  ) {
    this.pages = TokenPages.of(database);
    this.formatLabel = `LLM Stream trace ${version}`;
  }

  /**
   * The reader owns the database from now on; its image is migrated when it is older.
   * @throws TraceError `too-new`, `not-a-trace`
   */
  static open(database: Database): NativeReader {
    const version = readableVersion(database);
    assertOrdinaryTables(database, ['runs', 'steps', 'llm_calls', 'llm_tokens']);
    migrate(database);
    assertTokensIndexed(database);
    assertColumns(database);
    return new NativeReader(database, version);
  }

  runs(): RunSummary[] {
    const tokens = this.tokensOfRuns();
    return this.database.all(runsQuery).flatMap((row) => {
      const key = keyOf(row['run_key']);
      if (key === null) return this.skip('A run');
      return [nativeRun(key, row, tokens.get(key) ?? 0)];
    });
  }

  notices(): string[] {
    return [...this.unreadable];
  }

  steps(run: RunKey): RecordedStep[] {
    const startedAtUs =
      amountOf(
        this.database.get('SELECT started_at_us FROM runs WHERE run_key = ?', [run])?.[
          'started_at_us'
        ],
      ) ?? 0;
    const pages = this.currentPages();
    return this.database.all(stepsQuery, [run]).flatMap((row) => {
      const key = keyOf(row['step_key']);
      if (key === null) return this.skip('A step');
      const counted = { ...row, stored_tokens: this.countTokens(stepKey(key), pages) };
      return [nativeStep(stepKey(key), counted, startedAtUs)];
    });
  }

  runMetadata(run: RunKey): string | null {
    const row = this.database.get(
      `SELECT ${textColumn('metadata', longestRunMetadata)} AS metadata FROM runs WHERE run_key = ?`,
      [run],
    );
    return textOf(row?.['metadata']);
  }

  tokens(call: StepKey): TokenColumns {
    return this.currentPages()?.tokens(call) ?? readTokens(this.database, call);
  }

  tokenMetadata(call: StepKey, first: number, last: number): Map<number, string> {
    const found = new Map<number, string>();
    this.database.each(
      `SELECT token_index, ${textColumn('metadata', longestMetadata)} FROM llm_tokens
       WHERE call_key = ? AND token_index BETWEEN ? AND ? AND metadata IS NOT NULL`,
      [call, first, last],
      ([index, metadata]) => found.set(Number(index), textOf(metadata) ?? 'null'),
    );
    return found;
  }

  detail(step: StepKey, tokens: () => TokenColumns): StepDetail {
    return nativeDetail(this.database, step, tokens);
  }

  close(): void {
    this.database.close();
  }

  private tokensOfRuns(): Map<number, number> {
    const pages = this.currentPages();
    const tokens = new Map<number, number>();
    for (const row of this.database.all(callsQuery)) {
      const [run, call] = [keyOf(row['run_key']), keyOf(row['call_key'])];
      if (run === null || call === null) continue;
      tokens.set(run, (tokens.get(run) ?? 0) + this.countTokens(stepKey(call), pages));
    }
    return tokens;
  }

  private countTokens(call: StepKey, pages: TokenPages | null): number {
    const counted = pages?.count(call);
    if (counted != null) return counted;
    const query = 'SELECT count(*) AS tokens FROM llm_tokens WHERE call_key = ?';
    return amountOf(this.database.get(query, [call])?.['tokens']) ?? 0;
  }

  /** Null as soon as a capture's log has changed rows: what is on the pages is old then. */
  private currentPages(): TokenPages | null {
    return this.pages && this.database.unchangedImage() ? this.pages : null;
  }

  private skip(what: string): [] {
    this.unreadable.add(`${what} of this trace has an invalid key and is left out.`);
    return [];
  }
}

export function nativeRun(key: number, row: SqlRow, tokenCount: number): RunSummary {
  const id = textOf(row['run_id']) ?? '';
  const endedAtUs = amountOf(row['ended_at_us']);
  return {
    key: runKey(key),
    id,
    name: textOf(row['name']) || id,
    status: oneOf(row['status'], runStatuses) ?? 'unknown',
    startedAtUs: epochMicroseconds(amountOf(row['started_at_us']) ?? 0),
    endedAtUs: endedAtUs === null ? null : epochMicroseconds(endedAtUs),
    agentType: textOf(row['agent_type']),
    sessionId: textOf(row['session_id']),
    userId: textOf(row['user_id']),
    callCount: amountOf(row['calls']) ?? 0,
    tokenCount,
    errorCount: amountOf(row['errors']) ?? 0,
  };
}

/** Without its key, every call would be looked for in all tokens of the file. */
function assertTokensIndexed(database: Database): void {
  const key = database
    .all("SELECT name FROM pragma_table_xinfo('llm_tokens') WHERE pk > 0 ORDER BY pk")
    .map((column) => column['name']);
  if (key[0] !== 'call_key' || key[1] !== 'token_index') {
    throw new TraceError(
      'not-a-trace',
      'This database is not a trace that can be opened: its tokens have no key.',
    );
  }
}

function assertColumns(database: Database): void {
  try {
    for (const query of [runsQuery, stepsQuery]) database.get(`SELECT * FROM (${query}) LIMIT 0`);
    readTokens(database, stepKey(0));
  } catch (thrown) {
    throw new TraceError(
      'not-a-trace',
      'This database is not a trace that can be opened: columns are missing in its tables.',
      String(thrown),
    );
  }
}
