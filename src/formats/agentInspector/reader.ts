/** Reads an Agent Inspector database through the common interface. The image never changes while it is open. */
import { type TokenColumns, columnsOf, textBetween } from '../../model/tokens.js';
import type { RunKey, RunSummary, StepDetail, StepKey } from '../../model/trace.js';
import type { Database } from '../../store/database.js';
import type { RecordedStep, TraceReader } from '../../store/traceReader.js';
import type { CallTimes } from './callTimes.js';
import type { FernetKey } from './fernet.js';
import { Notices } from './notices.js';
import { readRunMetadata, readRuns } from './runs.js';
import { callSections, stepSections } from './sections.js';
import { type StepRow, eachStepRow, ofRun, ofStep } from './stepRows.js';
import {
  eventFields,
  saysNothingOfItsOwn,
  stepOf,
  timesOfCall,
  withSoundParents,
} from './steps.js';
import { type Tables, knownVersion } from './tables.js';
import { type TokenFacts, readTokenFacts, readTokenMetadata, readTokens } from './tokens.js';

interface StreamedCall {
  readonly tokens: TokenFacts;
  readonly times: CallTimes;
}

export class AgentInspectorReader implements TraceReader {
  readonly formatLabel: string;
  private readonly found = new Notices();
  /** Read once: it counts over the whole file. */
  private runList: readonly RunSummary[] | undefined;

  /** Of the calls with tokens of the runs whose steps were read: their events need not be unpacked again. */
  private readonly streamed = new Map<number, StreamedCall>();

  constructor(
    private readonly database: Database,
    private readonly tables: Tables,
    private readonly keys: readonly FernetKey[],
  ) {
    this.formatLabel = `Agent Inspector database ${tables.version}`;
    if (tables.version > knownVersion) this.found.add('newerVersion', 0);
  }

  runs(): RunSummary[] {
    this.runList ??= readRuns(this.database, this.tables, this.found);
    return [...this.runList];
  }

  notices(): string[] {
    return this.found.list();
  }

  steps(key: RunKey): RecordedStep[] {
    const run = this.runs().find((candidate) => candidate.key === key);
    if (run === undefined) return [];
    const scope = { where: ofRun, key };
    const facts = readTokenFacts(this.database, this.tables, scope);
    const steps: RecordedStep[] = [];
    eachStepRow(this.database, this.tables, this.keys, scope, (row) => {
      if (saysNothingOfItsOwn(row)) return;
      const tokens = facts.get(row.key) ?? null;
      const times = row.type === 'llm_call' ? timesOfCall(row, tokens) : null;
      if (tokens !== null && times !== null) this.streamed.set(row.key, { tokens, times });
      steps.push(stepOf(row, run, tokens, times, this.found));
    });
    return withSoundParents(steps);
  }

  runMetadata(run: RunKey): string | null {
    return readRunMetadata(this.database, this.tables, run);
  }

  tokens(call: StepKey): TokenColumns {
    const streamed = this.streamed.get(call) ?? this.streamedCall(call);
    if (streamed === undefined) return columnsOf([]);
    return readTokens(this.database, this.tables, call, streamed.tokens, streamed.times);
  }

  tokenMetadata(call: StepKey, first: number, last: number): Map<number, string> {
    const streamed = this.streamed.get(call) ?? this.streamedCall(call);
    if (streamed === undefined) return new Map();
    const range = { first, last };
    return readTokenMetadata(this.database, this.tables, call, streamed.tokens, range);
  }

  detail(step: StepKey, tokens: () => TokenColumns): StepDetail {
    const row = this.row(step);
    if (row === undefined) return { key: step, sections: [] };
    const fields = eventFields(row);
    const raw = row.event.ok ? row.event.json : unreadable(row, row.event.problem);
    const sections =
      row.type === 'llm_call'
        ? callSections(fields, raw, () => textOf(tokens()))
        : stepSections(row.type, fields, raw);
    return { key: step, sections };
  }

  close(): void {
    this.database.close();
  }

  private streamedCall(call: StepKey): StreamedCall | undefined {
    const scope = { where: ofStep, key: call };
    const tokens = readTokenFacts(this.database, this.tables, scope).get(call);
    const row = tokens && this.row(call);
    return row && { tokens, times: timesOfCall(row, tokens) };
  }

  private row(key: StepKey): StepRow | undefined {
    const rows: StepRow[] = [];
    const scope = { where: ofStep, key };
    eachStepRow(this.database, this.tables, this.keys, scope, (row) => rows.push(row));
    return rows[0];
  }
}

/** What came of a response that the event does not hold: it was not finished. */
function textOf(columns: TokenColumns): string {
  return textBetween(columns, 0, columns.count);
}

/** The Raw view of a step whose data cannot be shown. */
function unreadable({ id, type, name, status, timestampMs, durationMs }: StepRow, problem: string) {
  const columns = { id, type, name, status, timestamp: timestampMs, duration_ms: durationMs };
  return `The data of this step ${problem}.\n\nIts columns say:\n${JSON.stringify(columns, null, 2)}`;
}
