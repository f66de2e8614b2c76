import assert from 'node:assert/strict';
import { computeCallMetrics } from '../../../src/model/metrics.js';
import { rateCurve } from '../../../src/model/rateCurve.js';
import {
  type Token,
  TokenKind,
  columnsOf,
  joinColumns,
  sliceColumns,
} from '../../../src/model/tokens.js';
import type { Call } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import type { Span } from '../../../webview/state/pageModel.js';
import { paintMarks, paintNotes } from '../../../webview/timeline/tokenPaint.js';
import {
  type TokenAxis,
  type TokenScene,
  tokenAxis,
  tokenScene,
} from '../../../webview/timeline/tokenScene.js';
import { hoverText, spokenToken, summary } from '../../../webview/timeline/tokenWords.js';
import { DrawLog } from './drawLog.js';
import { sampleTheme } from './sampleTheme.js';

const width = 824;
const plotWidth = 800;

type Piece = readonly [ms: number, kind?: TokenKind, text?: string, read?: number];

function axisOf(pieces: readonly Piece[], about: Partial<Call> = {}): TokenAxis {
  const tokens: Token[] = pieces.map(
    ([ms, kind = TokenKind.text, text = ' x', read], position) => ({
      offsetUs: microseconds(ms * 1_000),
      kind,
      text,
      readIndex: read ?? position,
    }),
  );
  const columns = columnsOf(tokens);
  const clockSource = about.clockSource ?? 'proxy';
  const metrics = computeCallMetrics({
    columns,
    durationUs: microseconds(8_000_000),
    ttfcUs: null,
    completionTokens: null,
    tokenCountSource: null,
    clockSource,
    receivedTokens: columns.count,
    stallRule: { minimumUs: microseconds(1_000_000), medianFactor: 5 },
  });
  const call: Call = {
    ...{ model: 'm', provider: null, wireFormat: null, streaming: true, state: 'completed' },
    ...{ errorCode: null, errorMessage: null, httpStatus: 200, finishReason: 'stop' },
    ...{ promptTokens: null, completionTokens: null, tokenCountSource: null, clockSource },
    ...{ storedTokens: columns.count, receivedTokens: columns.count, sampleRate: 1 },
    ...{ aggregated: false, aggregatedAtUs: null, rateCurve: null, metrics },
    ...about,
  };
  return tokenAxis(call, columns);
}

const even = (from: number, count: number, gap: number): Piece[] =>
  Array.from({ length: count }, (_, position) => [from + position * gap]);

function painted(axis: TokenAxis, view: Span = axis.whole): DrawLog {
  const log = new DrawLog(width);
  const scene = tokenScene(axis, view, width);
  paintMarks(log.context, scene, sampleTheme);
  paintNotes(log.context, scene, sampleTheme);
  return log;
}

/** A stall of 2 s, a wait of 600 ms with a burst of 14 out of one read after it. */
const story = axisOf([
  ...even(400, 40, 20),
  ...even(3_180, 40, 20),
  ...Array.from({ length: 14 }, (_, at): Piece => [4_560 + at * 0.2, TokenKind.text, ' b', 900]),
  ...even(4_600, 20, 20),
]);

describe('token timeline', () => {
  it('paints at most one mark a pixel, however many tokens there are', () => {
    const many = axisOf(even(100, 50_000, 0.1));
    const marks = painted(many).rects('text');
    assert.ok(marks.length <= plotWidth, `${marks.length} marks`);
    assert.equal(new Set(marks.map(({ x }) => x)).size, marks.length);
  });

  it('places marks by their time', () => {
    const log = painted(axisOf([[0], [4_000], [8_000]]));
    const at = log.rects('text').map(({ x }) => Math.round(x));
    assert.deepEqual(at, [8, 408, 807]);
  });

  it('tells kinds apart by lane and shape', () => {
    const kinds = [
      TokenKind.text,
      TokenKind.reasoning,
      TokenKind.refusal,
      TokenKind.toolArguments,
      TokenKind.toolName,
      TokenKind.audioTranscript,
      TokenKind.other,
    ];
    const shapes = kinds.map((kind) => {
      const { drawn } = painted(axisOf([[4_000, kind]]));
      return drawn
        .filter(({ what, x, y }) => what === 'rect' && x > 400 && x < 416 && y > 60)
        .map(({ y, height }) => `${y}+${height}`)
        .join();
    });
    assert.equal(new Set(shapes).size, kinds.length, shapes.join(' | '));
  });

  it('brackets the wait for the first token', () => {
    assert.ok(painted(story).texts.includes('TTFT 400 ms'));
  });

  it('shades stalls and writes their length, other long gaps get their length only', () => {
    const log = painted(story);
    assert.ok(log.texts.includes('stall 2.00 s'));
    const shades = log.rects('warning');
    assert.equal(shades.length, 1);
    assert.ok(log.texts.includes('600 ms'));
  });

  it('names a buffered burst', () => {
    const label = painted(story).texts.find((text) => text.includes('buffered'));
    assert.match(label ?? '', /14 tokens in one read: buffered/);
  });

  it('says how long the connection stayed open after the last token', () => {
    assert.ok(painted(story).texts.some((text) => text.endsWith('until the end')));
  });

  it('shows the tokens of a span only, in detail', () => {
    const view = { fromUs: microseconds(400_000), toUs: microseconds(500_000) };
    const scene = tokenScene(story, view, width);
    assert.equal(scene.bins.edges.at(-1)! - scene.bins.edges[0]!, 6);
    assert.equal(painted(story, view).rects('text').length, 6);
  });

  describe('of an order without times', () => {
    const ordered = axisOf(even(0, 10, 0), { clockSource: 'order-only' });

    it('spaces tokens by their order and invents no time', () => {
      const log = painted(ordered);
      assert.ok(
        log.texts.every((text) => text.startsWith('#')),
        log.texts.join(),
      );
      assert.equal(log.rects('text').length, 10);
      assert.equal(tokenScene(ordered, ordered.whole, width).rates, null);
      assert.match(summary(ordered), /order only: no timing/);
      assert.match(spokenToken(ordered, 3), /#3, order only, text/);
    });
  });

  describe('in words', () => {
    const scene = tokenScene(story, story.whole, width);

    it('says what is under the pointer', () => {
      const token = hoverText(story, scene, scene.scale(400_000));
      assert.match(token, /^·x\n#0 · 400\.0 ms · \+400\.0 ms · text/);
      assert.match(
        hoverText(story, scene, scene.scale(2_000_000)),
        /No token for 2\.00 s, after #39/,
      );
      assert.match(
        hoverText(story, scene, scene.scale(100_000)),
        /Waiting for the first token: 400 ms/,
      );
      assert.equal(hoverText(story, scene, scene.scale(7_000_000)), 'After the last token');
    });

    it('says how many tokens one pixel stands for', () => {
      const dense = axisOf(even(100, 8_000, 0.9));
      const denseScene = tokenScene(dense, dense.whole, width);
      assert.match(
        hoverText(dense, denseScene, denseScene.scale(2_000_000)),
        /tokens in this pixel/,
      );
    });

    it('sums the picture up', () => {
      assert.match(
        summary(story),
        /^114 tokens in 8\.00 s\. First token after 400 ms\. Stalls: 1; the longest, 2\.00 s, after token #39\./,
      );
    });
  });

  describe('of an aggregated call', () => {
    const pieces = even(400, 400, 20);
    pieces.splice(200, 200, ...even(10_000, 200, 20));
    const { tokens: all, call: whole } = axisOf(pieces);
    const kept = joinColumns([sliceColumns(all, 0, 10), sliceColumns(all, 390, 400)]);
    const metrics = {
      ...whole.metrics,
      stalls: whole.metrics.stalls.map((stall) => ({ ...stall, after: null })),
    };
    const axis = tokenAxis(
      { ...whole, aggregated: true, storedTokens: 20, rateCurve: rateCurve(all), metrics },
      kept,
    );

    it('draws the rate and the stalls of the tokens that are gone', () => {
      const sceneOf = (one: TokenAxis): TokenScene => tokenScene(one, one.whole, width);
      const scene = sceneOf(axis);
      const expected = sceneOf(tokenAxis(whole, all)).gaps;
      assert.deepEqual(
        scene.gaps,
        expected.map((gap) => ({ ...gap, after: null })),
      );
      assert.equal(scene.gaps.length, 1);
      const middle = Math.round(scene.scale(2_000_000) - scene.left);
      assert.ok(Math.abs(scene.rates![middle]! - 50) < 6, `${scene.rates![middle]} tok/s`);
      const stalled = Math.round(scene.scale(7_000_000) - scene.left);
      assert.ok(scene.rates![stalled]! < 1, `${scene.rates![stalled]} tok/s in the stall`);
      assert.equal(painted(axis).rects('text').length <= 20, true);
    });

    it('says when the longest stall was, and no time since a token that others came after', () => {
      assert.match(summary(axis), /20 of 400 tokens kept: aggregated\./);
      assert.match(summary(axis), /Stalls: 1; the longest, 5\.62 s, from 4\.38 s on\./);
      assert.match(spokenToken(axis, 9), /#9, 580\.0 ms, \+20\.0 ms/);
      assert.match(spokenToken(axis, 10), /#390, 13800\.0 ms, text/);
    });
  });
});
