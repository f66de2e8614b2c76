import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeEvent } from '../../../../src/store/log/logLines.js';
import { parseLog } from '../../../../src/store/log/parseLog.js';
import { readEvent } from '../../../../src/store/log/readEvent.js';
import { anyEvents, encodeLog, sampleEvents, tokensCame } from './logEvents.js';

describe('reading the lines of a log', function () {
  this.timeout(20_000);
  const whole = encodeLog(sampleEvents);

  it('gives back the header and the events that were written', () => {
    const { header, events, validBytes, skipped } = parseLog(whole);
    assert.deepEqual(header, { llmStreamLog: 1, id: 'log-1' });
    assert.deepEqual(events, sampleEvents);
    assert.deepEqual([validBytes, skipped], [whole.length, 0]);
  });

  it('gives back any events, whatever the text', () => {
    fc.assert(
      fc.property(anyEvents, fc.string({ unit: 'binary' }), (events, text) => {
        const all = [...events, { type: 'token-text', callId: 'c', index: 0, text } as const];
        const read = parseLog(encodeLog(all)).events;
        assert.deepEqual(
          read,
          all.map((event) => readEvent(JSON.parse(encodeEvent(event)))),
        );
      }),
    );
  });

  it('leaves out the line that was torn, wherever that was', () => {
    const ends = [...whole.keys()].filter((at) => whole[at] === 0x0a).map((at) => at + 1);
    for (let length = 0; length <= whole.length; length++) {
      const { events, validBytes, skipped } = parseLog(whole.subarray(0, length));
      const lines = ends.filter((end) => end <= length);
      assert.equal(validBytes, lines.at(-1) ?? 0);
      assert.deepEqual(events, sampleEvents.slice(0, Math.max(0, lines.length - 1)));
      assert.equal(skipped, 0);
    }
  });

  it('reads a piece of a log that begins with any line', () => {
    const second = whole.indexOf(0x0a) + 1;
    const { header, events } = parseLog(whole.subarray(second));
    assert.equal(header, null);
    assert.deepEqual(events, sampleEvents);
  });

  it('leaves out and counts lines that are no event', () => {
    const lines = [
      ...['', 'garbage', '{', 'null', '[]', '7', '{"type":"unheard-of"}', '{"type":"__proto__"}'],
      ...[
        '{"type":"tokens","callId":"c"}',
        '{"type":"tokens","callId":7,"firstIndex":0,"tokens":[]}',
      ],
      '{"type":"tokens","callId":"c","firstIndex":0,"tokens":[[0,99,"x"]]}',
      '{"type":"tokens","callId":"c","firstIndex":-1,"tokens":[]}',
      '{"type":"tokens","callId":"c","firstIndex":0,"tokens":[[1e99,0,"x"]]}',
      `{"type":"call-ended","callId":"c","state":"streaming","durationUs":1}`,
      `{"type":"run-started","runId":"${'x'.repeat(2_000)}","name":"x","atUs":1}`,
      '\u0000\ud800'.repeat(10),
    ];
    const bytes = Buffer.concat([whole, Buffer.from(lines.map((line) => `${line}\n`).join(''))]);
    const { events, skipped } = parseLog(bytes);
    assert.deepEqual(events, sampleEvents);
    assert.equal(skipped, lines.length);
  });

  it('never throws over any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(whole.length), (bytes, at) => {
        const broken = Buffer.concat([whole.subarray(0, at), bytes, whole.subarray(at)]);
        const { events, validBytes } = parseLog(broken);
        assert.ok(events.length <= sampleEvents.length + 200);
        assert.ok(validBytes <= broken.length);
      }),
    );
  });

  it('survives what is nested very deeply', () => {
    const deep = '['.repeat(500_000) + ']'.repeat(500_000);
    const line = `{"type":"call-described","callId":"c","data":${deep}}\n`;
    const { events, skipped } = parseLog(Buffer.from(line));
    assert.equal(events.length + skipped, 1);
  });

  it('takes a number that was none for not known', () => {
    const event = { type: 'call-described', callId: 'c', ttfcUs: null, httpStatus: 200 };
    assert.deepEqual(readEvent(event), { type: 'call-described', callId: 'c', httpStatus: 200 });
    assert.equal(readEvent({ ...tokensCame('c', 0, 1), firstIndex: null }), null);
  });

  it('refuses the log of a later release, and names both versions', () => {
    assert.throws(
      () => parseLog(Buffer.from('{"llmStreamLog":2,"id":"x"}\n')),
      /version 2.*up to version 1\. Update the extension/,
    );
  });
});
