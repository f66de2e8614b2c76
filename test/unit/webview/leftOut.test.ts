import assert from 'node:assert/strict';
import { TokenKind, columnsOf } from '../../../src/model/tokens.js';
import type { Call } from '../../../src/model/trace.js';
import { epochMicroseconds, microseconds } from '../../../src/model/units.js';
import { isDeltaUnknown, leftOutSentence, toldGaps } from '../../../webview/state/leftOut.js';
import { linesOf } from '../../../webview/tokens/lines.js';
import { matchingRows, pageOf } from '../../../webview/tokens/rows.js';
import { searchableText } from '../../../webview/tokens/search.js';

const columns = (indexes: readonly number[]) =>
  columnsOf(
    indexes.map((index) => ({
      ...{ index, text: `w${index} `, kind: TokenKind.text },
      offsetUs: microseconds(index * 1_000),
    })),
  );
const call = (about: Partial<Call>): Call =>
  ({ aggregated: false, aggregatedAtUs: null, sampleRate: 1, ...about }) as Call;

describe('words about tokens that are left out', () => {
  const kept = columns([0, 9, 990]);

  it('name the tokens on both sides, and why those between are gone', () => {
    const aggregatedAtUs = epochMicroseconds(new Date(2026, 10, 3, 12).getTime() * 1_000);
    assert.deepEqual(
      [
        call({ aggregated: true, aggregatedAtUs }),
        call({ aggregated: true }),
        call({ sampleRate: 0.1 }),
        call({}),
      ].map((one) => leftOutSentence(one, kept, 2)),
      [
        '980 tokens between #9 and #990 were aggregated on 3 Nov 2026',
        '980 tokens between #9 and #990 were aggregated',
        '980 tokens between #9 and #990 are not kept: sampled at 10 %',
        '980 tokens between #9 and #990 are not in the file',
      ],
    );
    assert.equal(
      leftOutSentence(call({}), columns([0, 2]), 1),
      '1 token between #0 and #2 is not in the file',
    );
  });

  it('are told one by one only where they are few', () => {
    assert.deepEqual(toldGaps(columns([])), []);
    assert.deepEqual(toldGaps(columns([3, 4, 5])), []);
    assert.deepEqual(toldGaps(columns([0, 2, 3, 9])), [1, 3]);
    assert.deepEqual(toldGaps(columns([0, 2, 4, 6, 8, 10])), [1, 2, 3, 4, 5]);
    assert.deepEqual(toldGaps(columns([0, 2, 4, 6, 8, 10, 12])), []);
  });
});

describe('the time since the token before', () => {
  it('is not known where others came meanwhile, but of sampled tokens it says how far they are apart', () => {
    const kept = columns([0, 9, 10]);
    const unknown = (about: Partial<Call>): boolean[] =>
      [0, 1, 2].map((position) => isDeltaUnknown(call(about), kept, position));
    assert.deepEqual(unknown({}), [false, true, false]);
    assert.deepEqual(unknown({ aggregated: true, sampleRate: 0.1 }), [false, true, false]);
    assert.deepEqual(unknown({ sampleRate: 0.1 }), [false, false, false]);
  });
});

describe('lines of the token grid', () => {
  const kept = columns([0, 1, 50, 51, 90]);
  const gaps = [2, 4];

  function linesIn(search: string, pageSize: number, number: number): (string | number)[] {
    const filter = { search, fromMs: null, toMs: null };
    const rows = matchingRows(kept, filter, true, () => searchableText(kept));
    const page = pageOf(rows.count, pageSize, number);
    const lines = linesOf(rows, page, gaps);
    return Array.from({ length: lines.count }, (_, line) => {
      const at = lines.at(line);
      if ('noteBefore' in at) return `before ${kept.index[at.noteBefore]}`;
      assert.equal(lines.lineOf(at.row), line);
      return kept.index[rows.positionOf(at.row)] ?? -1;
    });
  }

  it('have a note between the rows where tokens are missing', () => {
    assert.deepEqual(linesIn('', 10, 0), [0, 1, 'before 50', 50, 51, 'before 90', 90]);
  });

  it('have it once, on the page of the token behind it', () => {
    assert.deepEqual(linesIn('', 2, 0), [0, 1]);
    assert.deepEqual(linesIn('', 2, 1), ['before 50', 50, 51]);
    assert.deepEqual(linesIn('', 2, 2), ['before 90', 90]);
  });

  it('have all of them among what was found, also behind the last', () => {
    assert.deepEqual(linesIn('w1 ', 10, 0), [1, 'before 50', 'before 90']);
    assert.deepEqual(linesIn('w90', 10, 0), ['before 50', 'before 90', 90]);
    assert.deepEqual(linesIn('w5', 1, 0), ['before 50', 50]);
    assert.deepEqual(linesIn('w5', 1, 1), [51, 'before 90']);
  });
});
