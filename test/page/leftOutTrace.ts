/** Calls of which the file keeps only some tokens, or none: aggregated, sampled, not stored, lost on the way. */
import { SamplingSink } from '../../src/capture/sampling/samplingSink.js';
import type { SamplingSettings } from '../../src/capture/captureSettings.js';
import { type Token, TokenKind } from '../../src/model/tokens.js';
import { stepKey } from '../../src/model/trace.js';
import { epochMicroseconds, microseconds } from '../../src/model/units.js';
import { EventApplier } from '../../src/store/log/applyEvents.js';
import type { CallEnded, TraceEvent } from '../../src/store/log/traceEvent.js';
import { aggregateCall } from '../../src/store/native/aggregation.js';
import { NativeReader } from '../../src/store/native/nativeReader.js';
import { TraceWriter } from '../../src/store/native/traceWriter.js';
import { TraceQueries } from '../../src/store/traceQueries.js';
import { stallRule } from './syntheticTrace.js';
import { type TraceSource, sourceOf } from './traceSource.js';

const runId = 'left-out';
const startUs = Date.UTC(2026, 9, 2, 9, 30) * 1_000;
/** Noon, so that the day is the same one in most time zones. */
export const aggregatedAtUs = epochMicroseconds(Date.UTC(2026, 10, 3, 12) * 1_000);

const words =
  'The refund of the order was approved by the team and is on its way to the customer now . '.split(
    ' ',
  );
const allTokens: SamplingSettings = { storeTokens: true, storeResponses: true, tokenSampleRate: 1 };

/** `stalls`: a wait of so many seconds behind the token with the index. */
function tokens(count: number, gapMs = 25, stalls: Readonly<Record<number, number>> = {}): Token[] {
  let atUs = 500_000;
  return Array.from({ length: count }, (_, index) => {
    atUs += (gapMs + (index % 7) * 2) * 1_000 + (stalls[index - 1] ?? 0) * 1_000_000;
    const text = `${words[index % words.length] ?? ''} `;
    return { offsetUs: microseconds(atUs), text, kind: TokenKind.text };
  });
}

class LeftOutTrace {
  private readonly applier: EventApplier;
  private calls = 0;

  constructor(readonly writer: TraceWriter) {
    this.applier = new EventApplier(writer);
    const atUs = epochMicroseconds(startUs);
    this.apply([{ type: 'run-started', runId, name: 'what is left of calls', atUs }]);
  }

  call(
    model: string,
    came: readonly Token[],
    sampling: Partial<SamplingSettings> = {},
    end: Partial<CallEnded> = {},
  ): void {
    const callId = model;
    const atUs = epochMicroseconds(startUs + this.calls++ * 2_000_000);
    const lastUs = came.at(-1)?.offsetUs ?? 500_000;
    this.apply(
      [
        {
          ...{ type: 'call-started', callId, runId, name: model, model, atUs },
          ...{ clockSource: 'proxy', streaming: true, request: '{"model":"m"}' },
        },
        ...came.map(({ offsetUs, kind, text, index }, position): TraceEvent => ({
          ...{ type: 'tokens', callId, firstIndex: index ?? position },
          tokens: [[offsetUs, kind, text]],
        })),
        {
          ...{ type: 'call-ended', callId, state: 'completed', finishReason: 'stop' },
          ...{ durationUs: microseconds(lastUs + 40_000), httpStatus: 200, ...end },
        },
      ],
      { ...allTokens, ...sampling },
    );
  }

  aggregate(callId: string): void {
    const row = this.writer.database.get('SELECT step_key FROM steps WHERE step_id = ?', [callId]);
    aggregateCall(this.writer, stepKey(Number(row?.['step_key'])), aggregatedAtUs);
  }

  /** A file of version 1 kept no token, nor how fast they came. */
  forget(callId: string): void {
    const key = '(SELECT step_key FROM steps WHERE step_id = ?)';
    this.writer.database.run(`DELETE FROM llm_tokens WHERE call_key = ${key}`, [callId]);
    this.writer.database.run(
      `UPDATE llm_calls SET rate_curve = NULL, longest_gaps = NULL, gap_count = NULL,
       burst_count = NULL, aggregated_at_us = NULL WHERE call_key = ${key}`,
      [callId],
    );
  }

  private apply(events: readonly TraceEvent[], sampling = allTokens): void {
    const kept: TraceEvent[] = [];
    const sink = new SamplingSink(
      sampling,
      { append: (some) => (kept.push(...some), true) },
      () => undefined,
    );
    sink.append(events);
    this.applier.apply(kept);
  }
}

/** The calls have their kind for a name. */
export async function leftOutTrace(): Promise<TraceSource> {
  const writer = await TraceWriter.create();
  const trace = new LeftOutTrace(writer);
  trace.call('aggregated', tokens(1_000, 20, { 299: 3, 699: 9 }));
  trace.aggregate('aggregated');
  const thinking = tokens(300).map((token, index) => ({
    ...token,
    kind: index < 200 ? TokenKind.reasoning : TokenKind.text,
  }));
  trace.call('aggregated-reasoning', thinking);
  trace.aggregate('aggregated-reasoning');
  const manyStalls = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [at * 2, 1.5]));
  trace.call('aggregated-stalls', tokens(400, 20, manyStalls));
  trace.aggregate('aggregated-stalls');
  trace.call('aggregated-before', tokens(500));
  trace.aggregate('aggregated-before');
  trace.forget('aggregated-before');
  trace.call('sampled', tokens(600, 20, { 300: 4 }), { tokenSampleRate: 0.1 });
  trace.call('not-stored', tokens(200), { storeTokens: false });
  trace.call('not-stored-at-all', tokens(200), { storeTokens: false, storeResponses: false });
  const arrived = tokens(120).flatMap((token, index) =>
    index >= 40 && index < 65 ? [] : [{ ...token, index }],
  );
  trace.call('lost', arrived);
  const queries = new TraceQueries({
    ...{ reader: NativeReader.open(writer.database), generation: 1, stallRule },
    ...{ fileName: 'left-out.llmtrace', notices: () => [] },
  });
  return sourceOf(queries);
}
