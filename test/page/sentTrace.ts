/** A trace in memory of what SDKs send: through the capture's own translation and the product's own store. */
import { type SentEvent, eventSchema } from '../../src/capture/api/ingest/eventSchemas.js';
import { Translation } from '../../src/capture/api/ingest/translation.js';
import { createRedaction } from '../../src/redaction/redaction.js';
import { epochMicroseconds } from '../../src/model/units.js';
import type { PageState } from '../../src/protocol/pageMessages.js';
import { EventApplier } from '../../src/store/log/applyEvents.js';
import { interruptOpenCalls } from '../../src/store/log/interruptOpenCalls.js';
import { GrowingNative } from '../../src/store/native/growingNative.js';
import { NativeReader } from '../../src/store/native/nativeReader.js';
import { TraceWriter } from '../../src/store/native/traceWriter.js';
import { TraceQueries } from '../../src/store/traceQueries.js';
import { stallRule } from './syntheticTrace.js';
import { type TraceSource, readyState, sourceOf } from './traceSource.js';

export class SentTrace {
  private readonly translation = new Translation(
    createRedaction({ useDefaults: true, keys: [], patterns: [] }),
  );
  private readonly applier: EventApplier;
  private readonly queries: TraceQueries;

  private constructor(private readonly writer: TraceWriter) {
    this.applier = new EventApplier(writer);
    this.queries = new TraceQueries({
      ...{ reader: NativeReader.open(writer.database), generation: 1, stallRule },
      ...{ growing: new GrowingNative(writer.database), fileName: 'sent.llmtrace' },
      notices: () => [],
    });
  }

  static async of(lines: readonly object[]): Promise<SentTrace> {
    const trace = new SentTrace(await TraceWriter.create());
    trace.send(lines);
    return trace;
  }

  /** Returns what the host tells the page. */
  send(lines: readonly object[]): PageState {
    const sent: SentEvent[] = lines.map((line) => eventSchema.parse(line));
    const now = epochMicroseconds(Date.now() * 1_000);
    const events = sent.flatMap((event) => this.translation.eventsOf(event, now));
    this.queries.changed(this.applier.apply(events).changes);
    return readyState(this.source);
  }

  /** The capture ends, and with it all that has not ended by itself. */
  end(): TraceSource {
    const now = epochMicroseconds(Date.now() * 1_000);
    this.applier.apply(this.translation.endCalls(now));
    interruptOpenCalls(this.writer);
    return sourceOf(
      new TraceQueries({
        ...{ reader: NativeReader.open(this.writer.database), generation: 1, stallRule },
        ...{ fileName: 'sent.llmtrace', notices: () => [] },
      }),
    );
  }

  get source(): TraceSource {
    return sourceOf(this.queries);
  }
}
