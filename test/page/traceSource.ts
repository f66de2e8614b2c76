/** What the page's tests answer the page from: the requests of the extension host's side. */
import { openReader } from '../../src/formats/registry.js';
import type { StallRule } from '../../src/model/metrics.js';
import type { TraceSummary } from '../../src/model/trace.js';
import type { PageState } from '../../src/protocol/pageMessages.js';
import { openTrace } from '../../src/store/openTrace.js';
import type { TraceQueries } from '../../src/store/traceQueries.js';
import type { TraceRequests } from '../../src/protocol/storeMessages.js';

type Answers = {
  readonly [M in keyof TraceRequests]: (
    params: TraceRequests[M]['params'],
  ) => TraceRequests[M]['result'];
};

export interface TraceSource extends Answers {
  readonly summary: TraceSummary;
}

export const readyState = (source: TraceSource): PageState => ({
  status: 'ready',
  summary: source.summary,
  sourceLost: null,
});

/** A real file, through the product's own store. */
export async function fileSource(
  path: string,
  stallRule: StallRule,
  keys: readonly string[] = [],
): Promise<TraceSource> {
  return sourceOf(await openTrace({ source: { kind: 'path', path }, openReader, stallRule, keys }));
}

/** Of a trace that the product's own store reads. */
export const sourceOf = (trace: TraceQueries): TraceSource => ({
  summary: trace.summary(),
  run: ({ run }) => trace.run(run),
  runChanges: ({ run, since }) => trace.runChanges(run, since),
  rates: (params) => trace.rates(params),
  tokens: (params) => trace.tokenSlice(params),
  step: ({ step }) => trace.step(step),
});
