import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  callLabel,
  formatCount,
  formatDateTime,
  formatDuration,
  formatRate,
  formatTime,
  formatTokens,
  keptWords,
  partialSentence,
  provenanceSentence,
} from '../../../src/model/formatting.js';
import { epochMicroseconds, microseconds } from '../../../src/model/units.js';
import { sampleCall } from './sampleCalls.js';

describe('formatting of figures', () => {
  it('writes durations in the unit that a person would choose', () => {
    const written = [0, 85, 4_200, 412_000, 1_700_000, 12_340_000, 123_000_000, 3_840_000_000];
    assert.deepEqual(
      written.map((us) => formatDuration(microseconds(us))),
      ['0 µs', '85 µs', '4.2 ms', '412 ms', '1.70 s', '12.3 s', '2 min 3 s', '1 h 4 min'],
    );
  });

  it('never writes 1000 of a unit nor 60 s', () => {
    const written = [999.7, 9_960, 999_700, 9_996_000, 59_960_000, 3_599_600_000];
    assert.deepEqual(
      written.map((us) => formatDuration(microseconds(us))),
      ['1.0 ms', '10 ms', '1.00 s', '10.0 s', '1 min 0 s', '1 h 0 min'],
    );
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e11, noNaN: true }), (us) => {
        assert.doesNotMatch(formatDuration(microseconds(us)), /\b1000 |\b60 (s|min)\b/);
      }),
    );
  });

  it('keeps the sign of a negative duration', () => {
    assert.equal(formatDuration(microseconds(-4_200)), '−4.2 ms');
  });

  it('writes counts and rates', () => {
    assert.deepEqual(
      [formatCount(20_000), formatTokens(1), formatTokens(0)],
      ['20,000', '1 token', '0 tokens'],
    );
    assert.deepEqual(
      [formatRate(19.54), formatRate(61), formatRate(999.97), formatRate(12_345)],
      ['19.5 tok/s', '61.0 tok/s', '1,000 tok/s', '12,345 tok/s'],
    );
  });

  it('writes local wall-clock times, and a dash for a time that is none', () => {
    const local = new Date(2026, 9, 14, 4, 2, 9);
    const time = epochMicroseconds(local.getTime() * 1_000);
    assert.equal(formatTime(time), '04:02:09');
    assert.equal(formatDateTime(time), '2026-10-14 04:02:09');
    assert.equal(formatTime(epochMicroseconds(Infinity)), '—');
    assert.equal(formatDateTime(epochMicroseconds(1e300)), '—');
  });
});

describe('label of a call', () => {
  it('names tokens and rate', () => {
    assert.equal(
      callLabel(sampleCall({}, { effectiveTokensPerSecond: 19.54 })),
      '45 tokens, 19.5 tok/s',
    );
    assert.equal(callLabel(sampleCall()), '45 tokens');
    const withoutDuration = sampleCall({}, { outputTokensPerSecond: 22 });
    assert.equal(callLabel(withoutDuration), '45 tokens, 22.0 tok/s');
  });

  it('names the state of a call that did not simply complete', () => {
    const none = { completionTokens: null, storedTokens: 0, receivedTokens: 0 };
    const some = { completionTokens: null, storedTokens: 31, receivedTokens: 31 };
    assert.deepEqual(
      [
        sampleCall({ state: 'streaming', ...none }),
        sampleCall({ state: 'streaming', ...some }),
        sampleCall({ state: 'failed', errorCode: 'RATE_LIMIT', ...none }),
        sampleCall({ state: 'failed', errorCode: null, ...some }),
        sampleCall({ state: 'aborted', ...some }),
        sampleCall({ state: 'truncated', ...some }),
        sampleCall({ state: 'interrupted', ...none }),
        sampleCall({ aggregated: true }),
        sampleCall({ streaming: false }),
        sampleCall({ ...none }),
        sampleCall({ clockSource: 'order-only' }),
        sampleCall({ tokenCountSource: 'estimate' }),
      ].map(callLabel),
      [
        'streaming',
        'streaming, 31 tokens',
        'failed: RATE_LIMIT',
        'failed: LLM_ERROR, 31 tokens',
        'aborted, 31 tokens',
        'truncated, 31 tokens',
        'interrupted',
        'aggregated, 45 tokens',
        'not streamed, 45 tokens',
        'no tokens',
        '45 tokens, order only',
        '≈ 45 tokens',
      ],
    );
  });
});

describe('sentence about a partial response', () => {
  const some = { completionTokens: null, storedTokens: 31, receivedTokens: 31 };
  const none = { completionTokens: null, storedTokens: 0, receivedTokens: 0 };

  it('says what cut the response and after how many tokens', () => {
    assert.deepEqual(
      [
        sampleCall({ state: 'truncated', ...some }),
        sampleCall({ state: 'aborted', ...some, receivedTokens: 1 }),
        sampleCall({ state: 'interrupted', ...some }),
        sampleCall({ state: 'failed', errorCode: 'LLM_ERROR', ...some }),
        sampleCall({ state: 'failed', errorCode: 'TIMEOUT', ...some }),
        sampleCall({ finishReason: 'MAX_TOKENS' }),
      ].map(partialSentence),
      [
        'Partial response: the connection was closed after 31 tokens.',
        'Partial response: the agent closed the connection after 1 token.',
        'Partial response: the recording was cut off after 31 tokens.',
        'Partial response: the provider reported an error after 31 tokens.',
        'Partial response: the call timed out after 31 tokens.',
        'Partial response: the model reached its token limit after 45 tokens.',
      ],
    );
  });

  it('says why there is no response at all', () => {
    assert.deepEqual(
      [
        sampleCall({ state: 'failed', errorCode: 'RATE_LIMIT', httpStatus: 429, ...none }),
        sampleCall({
          state: 'failed',
          errorCode: 'UPSTREAM_UNREACHABLE',
          httpStatus: null,
          ...none,
        }),
        sampleCall({ state: 'aborted', ...none }),
      ].map(partialSentence),
      [
        'No response: the provider refused the request because of its rate limit (HTTP 429).',
        'No response: the provider could not be reached.',
        'No response: the agent closed the connection before the first token.',
      ],
    );
  });

  it('is silent about whole responses and those that still come', () => {
    assert.equal(partialSentence(sampleCall()), null);
    assert.equal(partialSentence(sampleCall({ state: 'streaming' })), null);
  });
});

describe('words about what is kept', () => {
  const some = { storedTokens: 12, receivedTokens: 1_240, sampleRate: 0.01 };

  it('say how much of a call the file has, and why not all', () => {
    const none = { sampleRate: 0, storedTokens: 0 };
    assert.deepEqual(
      [
        sampleCall(),
        sampleCall(some),
        sampleCall({ ...some, sampleRate: 0.0025 }),
        sampleCall({ ...some, sampleRate: 1 }),
        sampleCall({ ...some, receivedTokens: 12 }),
        sampleCall({ ...some, state: 'streaming' }),
        sampleCall({ ...some, state: 'interrupted' }),
        sampleCall({ ...none, receivedTokens: 1_240 }),
        sampleCall({ ...none, receivedTokens: 0, state: 'streaming' }),
        sampleCall({ aggregated: true, storedTokens: 0 }),
      ].map(keptWords),
      [
        null,
        '12 of 1,240 tokens kept: sampled at 1 %',
        '12 of 1,240 tokens kept: sampled at 0.25 %',
        '12 of 1,240 tokens kept',
        '12 of 12 tokens kept: sampled at 1 %',
        '12 tokens kept: sampled at 1 %',
        '12 tokens kept: sampled at 1 %',
        'Tokens are not stored: 1,240 came',
        'Tokens are not stored',
        '0 of 45 tokens kept: aggregated',
      ],
    );
  });

  it('do not claim that nothing came of a sampled call that was cut off', () => {
    const cutOff = {
      state: 'interrupted',
      sampleRate: 0,
      storedTokens: 0,
      receivedTokens: 0,
    } as const;
    assert.equal(
      partialSentence(sampleCall(cutOff)),
      'Partial response: the recording was cut off.',
    );
  });
});

describe('sentence about provenance', () => {
  it('says who measured, who counted and what was left out', () => {
    assert.equal(
      provenanceSentence(sampleCall()),
      "Times were measured at the capture proxy. The token count is the provider's usage figure.",
    );
    assert.equal(
      provenanceSentence(
        sampleCall({
          clockSource: 'order-only',
          completionTokens: null,
          storedTokens: 20,
          receivedTokens: 3_200,
          sampleRate: 0.1,
        }),
      ),
      'Order only: the file holds no times. Tokens are counted as the chunks that came; a chunk is not always one token. 20 of 3,200 tokens kept: sampled at 10 %.',
    );
    const aggregated = sampleCall({ aggregated: true, storedTokens: 0 });
    assert.match(provenanceSentence(aggregated), /0 of 45 tokens kept: aggregated\.$/);
    const icl = { p50: 1, p90: 1, p95: 1, p99: 1, max: 1 };
    assert.match(
      provenanceSentence(sampleCall({ aggregated: true, storedTokens: 20 }, { icl })),
      /20 of 45 tokens kept: aggregated; the figures are of all that came\.$/,
    );
  });
});
