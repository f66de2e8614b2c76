/** What an answer means for what was sent. */
import assert from 'node:assert/strict';
import { type Answer, answerOf, failureOf } from '../../src/sending/answer.js';

const kindOf = (status: number, text = '{}'): Answer['kind'] =>
  answerOf({ statusCode: status, headers: {} }, text).kind;

const waitAfter = (header: string): number | undefined => {
  const answer = answerOf({ statusCode: 503, headers: { 'retry-after': header } }, '');
  assert.equal(answer.kind, 'away');
  return answer.retryAfterMs;
};

describe('answers', () => {
  const kinds: readonly (readonly [status: number, kind: Answer['kind']])[] = [
    ...([
      [400, 'refused'],
      [415, 'refused'],
      [401, 'wrong-token'],
      [413, 'too-large'],
    ] as const),
    ...([
      [408, 'away'],
      [429, 'away'],
      [500, 'away'],
      [503, 'away'],
      [529, 'away'],
    ] as const),
    ...([
      [204, 'stranger'],
      [302, 'stranger'],
      [403, 'stranger'],
      [404, 'stranger'],
    ] as const),
  ];
  for (const [status, kind] of kinds) {
    it(`${status} means ${kind}`, () => assert.equal(kindOf(status), kind));
  }

  it('200 is that of a capture only with its counts', () => {
    assert.equal(kindOf(200, '{"accepted":1,"rejected":[],"rejected_count":0}'), 'accepted');
    for (const text of ['', 'null', '[]', '"text"', '<html>', '{"rejected_count":"0"}']) {
      assert.equal(kindOf(200, text), 'stranger', text);
    }
    assert.deepEqual(
      answerOf({ statusCode: 200, headers: {} }, '{"rejected_count":2,"rejected":[null]}'),
      { kind: 'accepted', rejected: 2, message: 'undefined' },
    );
  });

  it('may say when to try again: in seconds or as a date, within reason', () => {
    assert.equal(waitAfter('2'), 2_000);
    assert.equal(waitAfter('99999999'), 60_000);
    const inSeconds = new Date(Date.now() + 10_000).toUTCString();
    assert.ok((waitAfter(inSeconds) ?? 0) > 7_000 && (waitAfter(inSeconds) ?? 0) <= 10_000);
    for (const nonsense of ['-1', 'soon', 'NaN']) assert.equal(waitAfter(nonsense), undefined);
  });

  it('tell what is wrong with a connection', () => {
    const withCode = (code: string): Answer => failureOf(Object.assign(new Error('x'), { code }));
    assert.deepEqual(withCode('ECONNREFUSED'), { kind: 'away', reason: 'ECONNREFUSED' });
    for (const code of ['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'EPROTO']) {
      assert.deepEqual(withCode(code), { kind: 'insecure', reason: code });
    }
    assert.deepEqual(failureOf('odd'), { kind: 'away', reason: 'odd' });
  });
});
