/** A trace in memory that grows as a test says: a finished call, and one that streams. */
import { computeCallMetrics } from '../../src/model/metrics.js';
import { type TokenColumns, columnsOf } from '../../src/model/tokens.js';
import { microseconds } from '../../src/model/units.js';
import type { PageState } from '../../src/protocol/pageMessages.js';
import { SyntheticTrace, stallRule, stream } from './syntheticTrace.js';
import { type TraceSource, readyState } from './traceSource.js';

export const streamingModel = 'claude-sonnet-4-5';
export const nextModel = 'gpt-4.1';

const gapUs = 50_000;

/** "w1 ", "w2 ", …, one each 50 ms; every tenth ends a line. */
const words = (count: number): TokenColumns =>
  columnsOf(
    Array.from({ length: count }, (_, at) => ({
      offsetUs: microseconds((at + 1) * gapUs),
      text: `w${at + 1}${(at + 1) % 10 === 0 ? '\n' : ' '}`,
      kind: 0 as const,
    })),
  );

export class GrowingTrace {
  private generation = 0;
  private current: TraceSource;

  /** With so many tokens at first. */
  constructor(tokens: number) {
    this.current = this.made(tokens, false);
  }

  /** What answers the page; always from the newest data. */
  readonly source: TraceSource = ((): TraceSource => {
    const newest = (): TraceSource => this.current;
    return {
      get summary() {
        return newest().summary;
      },
      run: (params) => newest().run(params),
      runChanges: (params) => {
        const { steps, ...rest } = newest().run(params);
        return { ...rest, changed: steps.slice(1), order: steps.map(({ key }) => key) };
      },
      rates: (params) => newest().rates(params),
      tokens: (params) => newest().tokens(params),
      step: (params) => newest().step(params),
    };
  })();

  /** The file holds so many tokens now; returns what the host tells the page. */
  grow(tokens: number): PageState {
    this.current = this.made(tokens, false);
    return readyState(this.current);
  }

  /** The call ends with so many tokens. */
  end(tokens: number): PageState {
    this.current = this.made(tokens, true);
    return readyState(this.current);
  }

  /** It has ended with so many tokens, and the agent's next call streams. */
  goOn(tokens: number, tokensOfNext: number): PageState {
    this.current = this.made(tokens, true, tokensOfNext);
    return readyState(this.current);
  }

  private made(count: number, hasEnded: boolean, next: number | null = null): TraceSource {
    const trace = new SyntheticTrace('growing', ++this.generation, 1);
    trace.call(
      { name: 'gpt-4o-mini', startMs: 0 },
      stream(45, 280, () => 40),
    );
    const tokens = words(count);
    if (hasEnded) trace.call({ name: streamingModel, startMs: 100 }, tokens);
    else addStreaming(trace, streamingModel, 100, tokens);
    if (next !== null) addStreaming(trace, nextModel, 200 + count * 50, words(next));
    return trace.source();
  }
}

function addStreaming(
  trace: SyntheticTrace,
  name: string,
  startMs: number,
  columns: TokenColumns,
): void {
  const unknown = { completionTokens: null, tokenCountSource: null };
  const metrics = computeCallMetrics({
    ...{ columns, durationUs: null, ttfcUs: null, clockSource: 'proxy', stallRule },
    ...{ ...unknown, receivedTokens: columns.count },
  });
  trace.call({ name, startMs }, columns, {
    ...{ ...unknown, finishReason: null, state: 'streaming', metrics },
  });
}
