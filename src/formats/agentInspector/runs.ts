/** The runs of the file with their counts: three queries, however many runs there are. */
import { type RunKey, type RunStatus, type RunSummary, runKey } from '../../model/trace.js';
import { type EpochMicroseconds, epochMicroseconds } from '../../model/units.js';
import type { Database } from '../../store/database.js';
import { keyOf, oneOf, textColumn, textOf } from '../../store/rowValues.js';
import type { Notices } from './notices.js';
import { type Tables, column, text, timeOf } from './tables.js';
import { saysSomething } from './tokens.js';

/** Bytes that are read of what is said of a run. */
const longestMetadata = 16_384;

const runStatuses: readonly RunStatus[] = ['running', 'completed', 'failed'];

interface RunCounts {
  /** A step's rowid: names the run where it has no row of its own. */
  readonly anyStep: number;
  readonly firstStepMs: number | null;
  readonly callCount: number;
  readonly errorCount: number;
}

/**
 * Whether a step failed, from the columns alone, so that counting needs no event to be unpacked. An unsuccessful
 * task_completion is marked as completed; the recorder says it in the name.
 */
export function failedExpression(alias: string, { steps }: Tables): string {
  const status = column(alias, steps, 'status');
  const name = column(alias, steps, 'name');
  return `coalesce(${status} = 'failed' OR ${alias}.type = 'error'
    OR (${alias}.type = 'task_completion' AND ${name} LIKE '✗%'), 0)`;
}

/** Newest first. */
export function readRuns(database: Database, tables: Tables, notices: Notices): RunSummary[] {
  const counts = countSteps(database, tables);
  const tokens = countTokens(database, tables);
  const runs: RunSummary[] = [];
  database.each(runRows(tables), [], (row) => {
    const id = textOf(row[1]) ?? '';
    const count = counts.get(id);
    const key = keyOf(row[0]);
    counts.delete(id);
    if (key === null || key <= 0) return notices.add('invalidKey', 0);
    runs.push({
      key: runKey(key),
      id,
      name: textOf(row[2]) || 'Unnamed run',
      status: oneOf(row[3], runStatuses) ?? 'unknown',
      startedAtUs: epochUs(timeOf(row[4]) ?? count?.firstStepMs ?? 0),
      // `runs.duration_ms` is not read: 1.1.2 overwrites it with the recorder's own 0 ms.
      endedAtUs: endOf(timeOf(row[5])),
      agentType: textOf(row[6]),
      sessionId: textOf(row[7]),
      userId: textOf(row[8]),
      callCount: count?.callCount ?? 0,
      tokenCount: tokens.get(id) ?? 0,
      errorCount: count?.errorCount ?? 0,
    });
  });
  for (const [id, count] of counts) {
    notices.add('runsMissing', count.anyStep);
    runs.push(missingRun(id, count, tokens.get(id) ?? 0));
  }
  return runs.sort((a, b) => b.startedAtUs - a.startedAtUs || b.key - a.key);
}

/** JSON text; null where nothing was said, and for a run that has no row. */
export function readRunMetadata(database: Database, { runs }: Tables, key: RunKey): string | null {
  if (!runs.has('metadata')) return null;
  const row = database.get(
    `SELECT ${textColumn('metadata', longestMetadata)} AS metadata FROM runs WHERE rowid = ?`,
    [key],
  );
  const metadata = textOf(row?.['metadata']);
  return saysSomething(metadata) ? metadata : null;
}

/** The key of a run that has steps but no row (its run_start was dropped); negative, so that no row has it. */
function missingRun(id: string, count: RunCounts, tokenCount: number): RunSummary {
  return {
    key: runKey(-count.anyStep),
    id,
    name: 'Run not recorded',
    status: 'unknown',
    startedAtUs: epochUs(count.firstStepMs ?? 0),
    endedAtUs: null,
    agentType: null,
    sessionId: null,
    userId: null,
    callCount: count.callCount,
    tokenCount,
    errorCount: count.errorCount,
  };
}

/** SQL for the id of the run whose key is bound as ?1: ids from a file never pass through JavaScript and back. */
export const runIdOfKey = `(SELECT CASE WHEN ?1 > 0 THEN (SELECT id FROM runs WHERE rowid = ?1)
  ELSE (SELECT run_id FROM steps WHERE rowid = -?1) END)`;

function runRows({ runs }: Tables): string {
  const texts = ['id', 'name', 'status'].map((name) => text('r', runs, name));
  const more = ['agent_type', 'session_id', 'user_id'].map((name) => text('r', runs, name));
  return `SELECT r.rowid, ${texts.join(', ')}, r.started_at, ${column('r', runs, 'completed_at')},
    ${more.join(', ')} FROM runs r`;
}

function countSteps(database: Database, tables: Tables): Map<string, RunCounts> {
  const counts = new Map<string, RunCounts>();
  database.each(
    `SELECT ${textColumn('s.run_id')}, min(s.rowid), min(s.timestamp), sum(s.type = 'llm_call'),
       sum(${failedExpression('s', tables)})
     FROM steps s WHERE s.run_id IS NOT NULL GROUP BY s.run_id`,
    [],
    (row) => {
      counts.set(textOf(row[0]) ?? '', {
        anyStep: Number(row[1]),
        firstStepMs: timeOf(row[2]),
        callCount: Number(row[3]),
        errorCount: Number(row[4]),
      });
    },
  );
  return counts;
}

function countTokens(database: Database, { tokens }: Tables): Map<string, number> {
  const counts = new Map<string, number>();
  if (tokens === null) return counts;
  database.each(
    `WITH c AS (SELECT llm_call_id, count(*) AS n FROM llm_tokens GROUP BY llm_call_id)
     SELECT ${textColumn('s.run_id')}, sum(c.n) FROM c JOIN steps s ON s.id = c.llm_call_id
     WHERE s.type = 'llm_call' GROUP BY s.run_id`,
    [],
    (row) => counts.set(textOf(row[0]) ?? '', Number(row[1])),
  );
  return counts;
}

function epochUs(ms: number): EpochMicroseconds {
  return epochMicroseconds(Math.round(ms * 1000));
}

function endOf(ms: number | null): EpochMicroseconds | null {
  return ms === null ? null : epochUs(ms);
}
