/** Calls and token columns for tests of the model. */
import fc from 'fast-check';
import { type CallMetrics, unknownMetrics } from '../../../src/model/metrics.js';
import { type Token, type TokenColumns, TokenKind, columnsOf } from '../../../src/model/tokens.js';
import type { Call } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';

export const ms = (value: number): ReturnType<typeof microseconds> => microseconds(value * 1_000);

/** Text tokens at these milliseconds, one read each. */
export function tokensAt(...milliseconds: number[]): TokenColumns {
  return columnsOf(
    milliseconds.map((at, position) => ({
      offsetUs: ms(at),
      text: `t${position} `,
      kind: TokenKind.text,
      readIndex: position,
    })),
  );
}

export function sampleCall(
  over: Partial<Omit<Call, 'metrics'>> = {},
  metrics: Partial<CallMetrics> = {},
): Call {
  return {
    model: 'gpt-4o-mini',
    provider: 'openai',
    wireFormat: 'openai-chat',
    streaming: true,
    state: 'completed',
    errorCode: null,
    errorMessage: null,
    httpStatus: 200,
    finishReason: 'stop',
    promptTokens: 12,
    completionTokens: 45,
    tokenCountSource: 'usage',
    clockSource: 'proxy',
    storedTokens: 45,
    receivedTokens: 45,
    sampleRate: 1,
    ...{ aggregated: false, aggregatedAtUs: null, rateCurve: null },
    metrics: { ...unknownMetrics, ...metrics },
    ...over,
  };
}

/** Any stream: bursts, stalls, equal times, empty texts, all kinds, reads known or not. */
export const anyTokens: fc.Arbitrary<readonly Token[]> = fc
  .array(
    fc.record({
      gapUs: fc.oneof(
        fc.constant(0),
        fc.integer({ min: 1, max: 2_000 }),
        fc.integer({ min: 1, max: 200_000 }),
        fc.integer({ min: 900_000, max: 6_000_000 }),
      ),
      text: fc.oneof(
        { weight: 5, arbitrary: fc.string({ minLength: 1, maxLength: 4 }) },
        fc.constant(''),
      ),
      kind: fc.constantFrom(...Object.values(TokenKind)),
      sameRead: fc.boolean(),
      readKnown: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  .map((gaps) => {
    let offset = 0;
    let read = 0;
    return gaps.map(({ gapUs, text, kind, sameRead, readKnown }) => {
      offset += gapUs;
      if (!sameRead) read++;
      return {
        offsetUs: microseconds(offset),
        text,
        kind,
        readIndex: readKnown ? read : -1,
      };
    });
  });
