import assert from 'node:assert/strict';
import type { CaptureStatus } from '../../../src/protocol/captureStatus.js';
import { captureCounts, captureDescription, captureText } from '../../../src/views/captureTexts.js';

const idle: CaptureStatus = {
  ...{ state: 'listening', url: 'http://127.0.0.1:4321', port: 4321, pid: 1, db: '/a.llmtrace' },
  ...{ startedAtMs: 0, activeStreams: 0, calls: 0, tokens: 0, tokensPerSecond: 0 },
  ...{ problems: [], notices: [] },
};
const busy: CaptureStatus = {
  ...idle,
  ...{ activeStreams: 2, calls: 12, tokens: 1_240, tokensPerSecond: 42 },
};
const full: CaptureStatus = {
  ...busy,
  problems: [{ code: 'disk-full', message: 'The disk is full.' }],
};

describe('a capture in words', () => {
  it('is short where there is little room', () => {
    assert.equal(captureText(idle), 'Capturing :4321');
    assert.equal(captureText(busy), 'Capturing :4321, 2 streams, 42.0 tok/s');
    assert.equal(
      captureText({ ...busy, state: 'finishing', activeStreams: 1 }),
      'Capture ends, 1 stream, 42.0 tok/s',
    );
  });

  it('says first what is wrong', () => {
    assert.equal(captureText(full), 'Capture :4321: disk full');
    assert.equal(captureDescription(full), 'disk full, 2 streams, 42.0 tok/s, 1,240 tokens');
  });

  it('tells what has come so far', () => {
    assert.equal(captureDescription(idle), '0 tokens');
    assert.equal(captureCounts(busy), '12 calls, 1,240 tokens');
    assert.equal(captureCounts({ ...busy, calls: 1, tokens: 1 }), '1 call, 1 token');
  });
});
