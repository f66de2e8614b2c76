import assert from 'node:assert/strict';
import { callFigures } from '../../../src/model/definitions.js';
import { computeCallMetrics } from '../../../src/model/metrics.js';
import { TokenKind, columnsOf } from '../../../src/model/tokens.js';
import type { Call } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import { noTokensSentence, tokensCaveat } from '../../../webview/state/missingTokens.js';
import { figureRows } from '../../../webview/statistics/figures.js';

const stallRule = { minimumUs: microseconds(1_000_000), medianFactor: 5 };
const columns = columnsOf(
  Array.from({ length: 45 }, (_, position) => ({
    offsetUs: microseconds(180_000 + position * 40_000 + (position > 30 ? 1_500_000 : 0)),
    text: ' x',
    kind: TokenKind.text,
  })),
);

function callOf(about: Partial<Call> = {}, tokens = columns): Call {
  const received = about.receivedTokens ?? tokens.count;
  const metrics = computeCallMetrics({
    columns: tokens,
    durationUs: microseconds(4_000_000),
    ttfcUs: null,
    completionTokens: about.completionTokens ?? null,
    tokenCountSource: about.tokenCountSource ?? null,
    clockSource: about.clockSource ?? 'proxy',
    receivedTokens: received,
    stallRule,
  });
  return {
    ...{ model: 'm', provider: null, wireFormat: null, streaming: true, state: 'completed' },
    ...{ errorCode: null, errorMessage: null, httpStatus: 200, finishReason: 'stop' },
    ...{ promptTokens: null, completionTokens: null, tokenCountSource: null, clockSource: 'proxy' },
    ...{ storedTokens: tokens.count, receivedTokens: received, sampleRate: 1, aggregated: false },
    ...{ aggregatedAtUs: null, rateCurve: null },
    metrics,
    ...about,
  };
}

const shown = (call: Call): Record<string, string> =>
  Object.fromEntries(
    figureRows(call, stallRule).map(({ figure, value, note }) => [
      figure.name,
      [value, note].filter(Boolean).join(' | '),
    ]),
  );

describe('statistics of a call', () => {
  it('have a row for every defined figure', () => {
    const names = figureRows(callOf(), stallRule).map(({ figure }) => figure);
    assert.deepEqual(names, Object.values(callFigures));
  });

  it('say each figure, and the rule that stalls are counted by', () => {
    const rows = shown(callOf({ completionTokens: 50, tokenCountSource: 'usage' }));
    assert.equal(rows['Total tokens'], '50 | counted by the provider');
    assert.equal(rows['TTFT'], '180 ms');
    assert.equal(rows['ICL p50'], '40 ms');
    assert.equal(rows['Stalls'], '1 | longest 1.54 s; from 1.00 s and 5 × the median on');
    assert.equal(rows['Finish reason'], 'stop');
  });

  it('never show an estimate as a count', () => {
    const rows = shown(callOf({ completionTokens: 50, tokenCountSource: 'estimate' }));
    assert.equal(rows['Total tokens'], '≈ 50 | an estimate');
  });

  it('say why something is not known', () => {
    const ordered = shown(callOf({ clockSource: 'order-only', finishReason: null }));
    assert.equal(ordered['TTFT'], '— | order only: the file holds no times');
    assert.equal(ordered['Stalls'], '— | order only: the file holds no times');
    assert.equal(ordered['Finish reason'], '— | the file does not say');
    const none = shown(callOf({ streaming: false }, columnsOf([])));
    assert.equal(none['ICL p95'], '— | the file holds no tokens');
    const sampled = shown(callOf({ receivedTokens: 450 }));
    assert.equal(sampled['Stalls'], '— | the file left tokens out');
  });

  it('say of a call whose tokens are not stored what was told of them, and when the rest will be', () => {
    const none = columnsOf([]);
    const told = { ...callOf({ receivedTokens: 180 }, none).metrics };
    const icl = { p50: 20_000, p90: 21_000, p95: 22_000, p99: 23_000, max: 24_000 };
    const notStored = { sampleRate: 0, storedTokens: 0, receivedTokens: 180 };
    const ended = shown(callOf({ ...notStored, metrics: { ...told, icl } }, none));
    assert.equal(ended['Total tokens'], '180 | chunks that came');
    assert.equal(ended['ICL p95'], '22 ms');
    assert.equal(ended['Stalls'], '— | tokens are not stored');
    const streaming = callOf({ ...notStored, receivedTokens: 0, state: 'streaming' }, none);
    assert.equal(shown(streaming)['Total tokens'], '— | known when the call has ended');
    assert.equal(shown(streaming)['ICL p50'], '— | known when the call has ended');
    const sampled = { sampleRate: 0.1, storedTokens: 45, receivedTokens: 441 };
    const some = shown(callOf({ ...sampled, state: 'streaming' }));
    assert.equal(some['Total tokens'], '≥ 441 | until the newest one that is kept');
    assert.equal(some['Bursts'], '— | the file left tokens out');
  });
});

describe('a call without tokens', () => {
  const none = columnsOf([]);

  it('says what is known and what is not', () => {
    assert.equal(noTokensSentence(callOf()), null);
    assert.match(noTokensSentence(callOf({ streaming: false }, none)) ?? '', /not streamed/);
    assert.match(noTokensSentence(callOf({ receivedTokens: 94 }, none)) ?? '', /^94 tokens came/);
    assert.match(noTokensSentence(callOf({ state: 'failed' }, none)) ?? '', /failed before/);
    assert.match(
      noTokensSentence(callOf({ state: 'streaming' }, none)) ?? '',
      /^No token has come yet/,
    );
    assert.match(noTokensSentence(callOf({}, none)) ?? '', /holds no tokens/);
    const notStored = { sampleRate: 0, storedTokens: 0 };
    assert.match(
      noTokensSentence(callOf({ ...notStored, state: 'streaming' }, none)) ?? '',
      /^Tokens of this call are not stored: its figures come when it has ended/,
    );
    assert.match(
      noTokensSentence(callOf({ ...notStored, receivedTokens: 180 }, none)) ?? '',
      /^180 tokens came; they are not stored/,
    );
  });

  it('is labelled where the tokens are not all or not timed', () => {
    assert.equal(tokensCaveat(callOf(), columns), null);
    assert.equal(
      tokensCaveat(callOf({ clockSource: 'order-only' }), columns),
      'order only: no timing',
    );
    assert.equal(
      tokensCaveat(callOf({ receivedTokens: 1_000, aggregated: true }), columns),
      '45 of 1,000 tokens kept: aggregated',
    );
  });
});
