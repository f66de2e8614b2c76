/** The rows of a native trace, without their secrets, into a new one. Texts are read as what they are, whatever a file holds. */
import { callErrorCodes, callStates, stepTypes } from '../model/trace.js';
import { IdRedactor } from '../redaction/redactedId.js';
import type { Redaction } from '../redaction/redaction.js';
import type { Database, SqlRow, SqlValue } from '../store/database.js';
import { curveText, curveOf, gapsOf, gapsText } from '../store/native/shapeColumns.js';
import { textOf } from '../store/rowValues.js';
import { redactedData } from './redactedData.js';
import { RedactedTokens } from './redactedTokens.js';
import { countsOf } from './traceFacts.js';
import { UniqueIds } from './uniqueIds.js';

const runTexts = ['run_id', 'name', 'status', 'agent_type', 'session_id', 'user_id', 'metadata'];
const runNumbers = ['run_key', 'started_at_us', 'ended_at_us'];
const stepTexts = ['step_id', 'type', 'name', 'status', 'data'];
const stepNumbers = ['step_key', 'run_key', 'parent_step_key', 'started_at_us', 'duration_us'];
const callTexts = [
  ...['provider', 'wire_format', 'model', 'state', 'request', 'response', 'finish_reason'],
  ...['error_code', 'error_message', 'token_count_source', 'clock_source'],
  ...['longest_gaps', 'rate_curve'],
];
const callNumbers = [
  ...['call_key', 'streaming', 'http_status', 'ttfc_us', 'ttft_us', 'ttfo_us', 'last_token_us'],
  ...['duration_us', 'icl_p50_us', 'icl_p90_us', 'icl_p95_us', 'icl_p99_us', 'icl_max_us'],
  ...['prompt_tokens', 'completion_tokens', 'chunk_count', 'sample_rate', 'aggregated'],
  ...['aggregated_at_us', 'burst_count', 'gap_count'],
];

/** Our own words: no secret, whatever the patterns of the user are. */
const ownWords: ReadonlySet<string> = new Set([
  ...[...callStates, ...callErrorCodes, ...stepTypes, 'running', 'error', 'unknown', 'started'],
  ...[
    'proxy',
    'sdk',
    'server',
    'imported',
    'order-only',
    'usage',
    'logprobs',
    'estimate',
    'chunks',
  ],
]);

export class RedactedTrace {
  private readonly ids: IdRedactor;
  private readonly tokens: RedactedTokens;

  constructor(
    private readonly source: Database,
    private readonly target: Database,
    private readonly redaction: Redaction,
  ) {
    this.ids = new IdRedactor(redaction);
    this.tokens = new RedactedTokens(source, target, redaction);
  }

  copyRunsAndSteps(): void {
    this.target.transaction(() => {
      this.copyRuns();
      this.copySteps();
    });
  }

  /** Says after each call how many tokens it had. Whoever takes no further step has cancelled. */
  *copyCalls(): Generator<number, void, undefined> {
    const keys = this.source.all(
      'SELECT call_key FROM llm_calls WHERE call_key IN (SELECT step_key FROM steps) ORDER BY call_key',
    );
    for (const { call_key: key } of keys) {
      if (this.isThere('steps', 'step_key', key ?? null)) yield this.copyCall(Number(key));
    }
  }

  /** Sentences about what is not in the copy. */
  notices(): string[] {
    const [before, after] = [countsOf(this.source), countsOf(this.target)];
    const lost = before.runs + before.steps + before.llm_calls + before.llm_tokens;
    const kept = after.runs + after.steps + after.llm_calls + after.llm_tokens;
    return [
      ...(lost > kept
        ? [`${lost - kept} rows of the file belong to nothing: they are left out.`]
        : []),
      ...this.tokens.notices(),
    ];
  }

  private copyRuns(): void {
    const unique = new UniqueIds();
    for (const row of this.rows('runs', 'run_key', runTexts, runNumbers)) {
      this.target.insert('runs', 'run_key', {
        ...numbersOf(row, runNumbers, ['started_at_us']),
        run_id: unique.of(this.ids.of(textOf(row['run_id']) ?? '')),
        name: this.text(row, 'name'),
        status: this.text(row, 'status'),
        // Fields as agents send them: their names may be among the user's keys.
        ...this.named(row, ['agent_type', 'session_id', 'user_id']),
        metadata: this.json(row, 'metadata'),
      });
    }
  }

  private copySteps(): void {
    const unique = new UniqueIds();
    const parents: (readonly [SqlValue, SqlValue])[] = [];
    for (const row of this.rows('steps', 'step_key', stepTexts, stepNumbers)) {
      if (!this.isThere('runs', 'run_key', row['run_key'] ?? null)) continue;
      const { parent_step_key: parent = null, ...numbers } = numbersOf(row, stepNumbers, [
        'started_at_us',
      ]);
      const key = this.target.insert('steps', 'step_key', {
        ...numbers,
        step_id: unique.of(this.ids.of(textOf(row['step_id']) ?? '')),
        type: this.text(row, 'type') ?? 'custom',
        name: this.text(row, 'name'),
        status: this.text(row, 'status'),
        data: redactedData(textOf(row['data']), this.redaction),
      });
      if (parent !== null) parents.push([parent, key]);
    }
    for (const [parent, key] of parents) {
      if (!this.isThere('steps', 'step_key', parent)) continue;
      this.target.run('UPDATE steps SET parent_step_key = ? WHERE step_key = ?', [parent, key]);
    }
  }

  private copyCall(key: number): number {
    return this.target.transaction(() => {
      const [row] = this.rows('llm_calls', 'call_key', callTexts, callNumbers, key);
      if (!row) return 0;
      const gaps = gapsOf(row);
      const curve = curveOf(row);
      const texts = ['provider', 'wire_format', 'model', 'finish_reason', 'error_code'];
      const sources = ['error_message', 'token_count_source', 'clock_source'];
      this.target.insert('llm_calls', 'call_key', {
        ...numbersOf(row, callNumbers, ['chunk_count', 'aggregated']),
        sample_rate: typeof row['sample_rate'] === 'number' ? row['sample_rate'] : 1,
        ...Object.fromEntries(
          [...texts, ...sources].map((name) => [name, this.text(row, name)] as const),
        ),
        state: this.text(row, 'state') ?? 'interrupted',
        request: this.json(row, 'request'),
        response: this.json(row, 'response'),
        longest_gaps: gaps && gapsText(gaps.longest),
        rate_curve: curve && curveText(curve),
      });
      return this.tokens.copy(key, {
        wholeText: row['aggregated'] === 1 ? textOf(row['response']) : null,
        hasChannels: row['wire_format'] !== null,
      });
    });
  }

  /** One after the other, by key: a file's texts are never in memory all at once. */
  private *rows(
    table: string,
    key: string,
    texts: readonly string[],
    numbers: readonly string[],
    only?: number,
  ): Generator<SqlRow> {
    const columns = [
      ...numbers.map(
        (name) => `CASE WHEN typeof(${name}) IN ('integer', 'real') THEN ${name} END AS ${name}`,
      ),
      ...texts.map((name) => `CAST(${name} AS BLOB) AS ${name}`),
    ].join(', ');
    const keys =
      only === undefined
        ? this.source.all(`SELECT ${key} AS key FROM ${table} ORDER BY ${key}`)
        : [{ key: only }];
    for (const { key: value = null } of keys) {
      const row = this.source.get(`SELECT ${columns} FROM ${table} WHERE ${key} = ?`, [value]);
      if (row) yield row;
    }
  }

  private isThere(table: string, key: string, value: SqlValue): boolean {
    return this.target.get(`SELECT 1 FROM ${table} WHERE ${key} = ?`, [value]) !== undefined;
  }

  private text(row: SqlRow, name: string): string | null {
    const text = textOf(row[name]);
    return text === null || ownWords.has(text) ? text : this.redaction.text(text);
  }

  private json(row: SqlRow, name: string): string | null {
    const text = textOf(row[name]);
    return text === null ? null : this.redaction.jsonText(text);
  }

  private named(row: SqlRow, names: readonly string[]): Record<string, SqlValue> {
    const texts = Object.fromEntries(names.map((name) => [name, textOf(row[name])]));
    return this.redaction.value(texts) as Record<string, SqlValue>;
  }
}

/** `needed` are 0 where a file holds no number. */
function numbersOf(
  row: SqlRow,
  names: readonly string[],
  needed: readonly string[],
): Record<string, SqlValue> {
  return Object.fromEntries(
    names.map((name) => [name, row[name] ?? (needed.includes(name) ? 0 : null)] as const),
  );
}
