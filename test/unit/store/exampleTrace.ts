/** Small native traces for tests of everything that reads them. */
import { type Token, TokenKind } from '../../../src/model/tokens.js';
import type { RunKey, StepKey } from '../../../src/model/trace.js';
import { epochMicroseconds, microseconds } from '../../../src/model/units.js';
import { Database } from '../../../src/store/database.js';
import { NativeReader } from '../../../src/store/native/nativeReader.js';
import { type CallEnd, type NewCall, TraceWriter } from '../../../src/store/native/traceWriter.js';
import { TraceQueries } from '../../../src/store/traceQueries.js';

export const runStartUs = 1_700_000_000_000_000;
export const stallRule = { minimumUs: microseconds(1_000_000), medianFactor: 5 };

/** Tokens "t0", "t1", … at 100 ms, 120 ms, … */
export function exampleTokens(count: number): Token[] {
  return Array.from({ length: count }, (_, position) => ({
    offsetUs: microseconds(100_000 + position * 20_000),
    text: `t${position} `,
    kind: TokenKind.text,
  }));
}

export class ExampleTrace {
  private constructor(
    readonly writer: TraceWriter,
    readonly run: RunKey,
  ) {}

  static async create(): Promise<ExampleTrace> {
    const writer = await TraceWriter.create();
    const run = writer.addRun({
      id: 'run-1',
      name: 'First run',
      startedAtUs: epochMicroseconds(runStartUs),
      agentType: 'support',
      metadata: { purpose: 'test' },
    });
    return new ExampleTrace(writer, run);
  }

  startCall(id: string, options: Partial<NewCall> = {}): StepKey {
    return this.writer.startCall({
      id,
      run: this.run,
      name: id,
      model: 'model-1',
      streaming: true,
      clockSource: 'proxy',
      startedAtUs: epochMicroseconds(runStartUs + 1_000_000),
      ...options,
    });
  }

  /** A call with `count` tokens that has ended. */
  addCall(
    id: string,
    count: number,
    end: Partial<CallEnd> = {},
    options: Partial<NewCall> = {},
  ): StepKey {
    const call = this.startCall(id, options);
    this.writer.addTokens(call, exampleTokens(count));
    this.writer.endCall(call, { state: 'completed', durationUs: microseconds(2_000_000), ...end });
    return call;
  }

  /** The trace as it is now, as a reader sees it; of generation 3. */
  async open(): Promise<TraceQueries> {
    const reader = NativeReader.open(await Database.open(this.writer.toBytes()));
    const options = { fileName: 'a.llmtrace', generation: 3, stallRule, notices: () => [] };
    return new TraceQueries({ reader, ...options });
  }
}
