/** What a trace says of a run, read as any reader does: from the file and, while it is captured, its log. */
import { openReader } from '../../../src/formats/registry.js';
import { defaultStallRule } from '../../../src/model/stalls.js';
import { TokenKind, type TokenKindName, tokenText } from '../../../src/model/tokens.js';
import type { Call, Step } from '../../../src/model/trace.js';
import { openTrace } from '../../../src/store/openTrace.js';
import type { TraceQueries } from '../../../src/store/traceQueries.js';

export interface RecordedToken {
  readonly kind: TokenKindName;
  readonly text: string;
  readonly offsetUs: number;
  readonly readIndex: number;
}

export interface RecordedCall extends Omit<Call, 'metrics'> {
  readonly id: string;
  readonly name: string;
  readonly durationUs: number | null;
  readonly tokens: readonly RecordedToken[];
  readonly request: string;
  readonly response: string;
  /** Everything else that was noted, as JSON. */
  readonly raw: string;
}

export interface RecordedRun {
  readonly calls: readonly RecordedCall[];
  readonly otherSteps: readonly Pick<Step, 'name' | 'type' | 'status' | 'failed'>[];
}

/** The runs of a trace by name; a run that is not there yet has no calls. */
export async function readRuns(db: string): Promise<Map<string, RecordedRun>> {
  const source = { kind: 'path', path: db } as const;
  const trace = await openTrace({ source, openReader, stallRule: defaultStallRule });
  try {
    return new Map(trace.summary().runs.map(({ key, name }) => [name, readRun(trace, key)]));
  } finally {
    trace.close();
  }
}

export async function readCalls(db: string, run: string): Promise<readonly RecordedCall[]> {
  return (await readRuns(db)).get(run)?.calls ?? [];
}

function readRun(trace: TraceQueries, key: Parameters<TraceQueries['run']>[0]): RecordedRun {
  const { steps } = trace.run(key);
  return {
    calls: steps.flatMap((step) => (step.call ? [readCall(trace, step, step.call)] : [])),
    otherSteps: steps
      .filter(({ call }) => !call)
      .map(({ name, type, status, failed }) => ({ name, type, status, failed })),
  };
}

function readCall(trace: TraceQueries, step: Step, { metrics, ...call }: Call): RecordedCall {
  const sections = trace.step(step.key).sections;
  const section = (title: string): string =>
    sections.find((candidate) => candidate.title === title)?.text ?? '';
  return {
    ...call,
    ...{ id: step.id, name: step.name, durationUs: metrics.durationUs },
    ...{ tokens: readTokens(trace, step.key), request: section('Request') },
    ...{ response: section('Response'), raw: section('Raw') },
  };
}

const kindNames = Object.keys(TokenKind) as TokenKindName[];

function readTokens(trace: TraceQueries, key: Step['key']): RecordedToken[] {
  const columns = trace.tokens(key);
  return Array.from({ length: columns.count }, (_, position) => ({
    kind: kindNames[columns.kind[position] ?? 0] ?? 'other',
    text: tokenText(columns, position),
    offsetUs: columns.offsetUs[position] ?? NaN,
    readIndex: columns.readIndex[position] ?? -1,
  }));
}

/** The joined text of a kind. */
export const recordedText = ({ tokens }: RecordedCall, kind: TokenKindName): string =>
  tokens
    .filter((token) => token.kind === kind)
    .map(({ text }) => text)
    .join('');
