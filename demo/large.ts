/** Large traces for benches and tests. */
import type { Token } from '../src/model/tokens.js';
import { epochMicroseconds, microseconds } from '../src/model/units.js';
import { TraceWriter } from '../src/store/native/traceWriter.js';
import { openAiChat } from './providers.js';
import { Random } from './random.js';
import { referenceSections } from './referenceText.js';
import { Stream } from './stream.js';

export interface LargeTrace {
  readonly calls: number;
  readonly tokensPerCall: number;
  readonly seed?: number;
}

/**
 * A trace of one run ("large") with `calls` calls ("large-call-1" …) of exactly `tokensPerCall` chunks, one
 * after the other. The same bytes for the same numbers.
 */
export async function buildLargeTrace(size: LargeTrace): Promise<Uint8Array> {
  const random = new Random(size.seed ?? 1);
  const writer = await TraceWriter.create();
  try {
    let nowUs = Date.UTC(2026, 9, 14, 12) * 1_000;
    const run = writer.addRun({
      id: 'large',
      name: `${size.calls} × ${size.tokensPerCall} tokens`,
      startedAtUs: epochMicroseconds(nowUs),
      agentType: 'generator',
    });
    for (let number = 1; number <= size.calls; number++) {
      const request = openAiChat('gpt-4.1', [{ role: 'user', content: 'Write the reference.' }]);
      const tokens = manyTokens(random, size.tokensPerCall);
      const durationUs = microseconds((tokens.at(-1)?.offsetUs ?? 0) + 3_000);
      const call = writer.startCall({
        id: `large-call-${number}`,
        run,
        name: request.model,
        startedAtUs: epochMicroseconds(nowUs),
        provider: request.provider,
        wireFormat: request.wireFormat,
        model: request.model,
        streaming: true,
        request: JSON.stringify(request.body),
        clockSource: 'proxy',
      });
      writer.addTokens(call, tokens);
      writer.endCall(call, {
        state: 'completed',
        durationUs,
        httpStatus: 200,
        finishReason: 'stop',
        promptTokens: 21,
        completionTokens: tokens.length,
        tokenCountSource: 'usage',
      });
      nowUs += durationUs + 5_000;
    }
    writer.endRun(run, { status: 'completed', endedAtUs: epochMicroseconds(nowUs) });
    return writer.toBytes();
  } finally {
    writer.close();
  }
}

/** Exactly `count` chunks, with a stall about every 8 000 and a burst now and then. */
export function manyTokens(random: Random, count: number): readonly Token[] {
  const stream = new Stream(random, { tokensPerSecond: 90, sharedReads: 0.05 }).wait(450);
  for (const section of referenceSections(random)) {
    if (stream.chunks.length >= count) break;
    if (random.chance(0.1)) stream.bufferedText(section);
    else stream.text(section);
    if (random.chance(0.012)) stream.wait(random.between(1_200, 5_000));
  }
  return stream.chunks.slice(0, count);
}
