/** What the page's tests answer the page from: the requests of the extension host's side. */
import type { TraceSummary } from '../../src/model/trace.js';
import type { PageState } from '../../src/protocol/pageMessages.js';
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
