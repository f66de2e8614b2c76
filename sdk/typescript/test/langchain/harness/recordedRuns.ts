/** What a trace says of runs and their steps, read as any reader does. */
import { openReader } from '../../../../../src/formats/registry.js';
import { defaultStallRule } from '../../../../../src/model/stalls.js';
import { TokenKind, type TokenKindName, tokenText } from '../../../../../src/model/tokens.js';
import type { Call, Step, StepSection } from '../../../../../src/model/trace.js';
import { openTrace } from '../../../../../src/store/openTrace.js';
import type { TraceQueries } from '../../../../../src/store/traceQueries.js';

export interface RecordedToken {
  readonly kind: TokenKindName;
  readonly text: string;
  readonly offsetUs: number;
}

export interface RecordedStep extends Pick<Step, 'type' | 'name' | 'status' | 'depth' | 'failed'> {
  /** Its name and those around it, the outermost first. */
  readonly path: string;
  readonly durationUs: number | null;
  readonly call: Call | null;
  readonly tokens: readonly RecordedToken[];
  readonly section: (title: StepSection['title']) => string;
}

export interface RecordedRun {
  readonly id: string;
  readonly name: string;
  readonly status: string | null;
  readonly sessionId: string | null;
  readonly steps: readonly RecordedStep[];
}

export const callsOf = ({ steps }: RecordedRun) =>
  steps.flatMap((step) => (step.call ? [{ ...step, call: step.call }] : []));

export type RecordedCall = ReturnType<typeof callsOf>[number];

export async function readRuns(db: string): Promise<RecordedRun[]> {
  const source = { kind: 'path', path: db } as const;
  const trace = await openTrace({ source, openReader, stallRule: defaultStallRule });
  try {
    return trace.summary().runs.map(({ key, id, name, status, sessionId }) => {
      const { steps } = trace.run(key);
      const byKey = new Map(steps.map((step) => [step.key, step]));
      const pathOf = ({ name, parentKey }: Step): string => {
        const parent = parentKey === null ? undefined : byKey.get(parentKey);
        return parent ? `${pathOf(parent)} > ${name}` : name;
      };
      const read = steps.map((step) => ({ ...readStep(trace, step), path: pathOf(step) }));
      return { id, name, status, sessionId, steps: read };
    });
  } finally {
    trace.close();
  }
}

function readStep(trace: TraceQueries, step: Step): Omit<RecordedStep, 'path'> {
  const { type, name, status, depth, failed, durationUs, call, key } = step;
  const { sections } = trace.step(key);
  return {
    ...{ type, name, status, depth, failed, durationUs, call },
    tokens: call ? readTokens(trace, key) : [],
    section: (title) => sections.find((section) => section.title === title)?.text ?? '',
  };
}

const kindNames = Object.keys(TokenKind) as TokenKindName[];

function readTokens(trace: TraceQueries, key: Step['key']): RecordedToken[] {
  const columns = trace.tokens(key);
  return Array.from({ length: columns.count }, (_, position) => ({
    kind: kindNames[columns.kind[position] ?? 0] ?? 'other',
    text: tokenText(columns, position),
    offsetUs: columns.offsetUs[position] ?? NaN,
  }));
}
