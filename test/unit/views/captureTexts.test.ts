import assert from 'node:assert/strict';
import type { CaptureHealth, CaptureStatus } from '../../../src/protocol/captureStatus.js';
import {
  captureCounts,
  captureDescription,
  captureText,
  healthFigures,
  healthText,
} from '../../../src/views/captureTexts.js';

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

const health: CaptureHealth = {
  ...{ tokensStored: 1_240, tokensSampledOut: 11_160, tokensDropped: 0, recoveries: 1 },
  ...{ logBytes: 412_000, fileBytes: 1_234_000_000, rejectedEvents: 0 },
  writeLatencyMs: { p50: 0.012, p99: 0.5, max: 7 },
};

describe('the health of a capture in words', () => {
  const shown = (status: CaptureStatus, changed: Partial<CaptureHealth> = {}): string[] =>
    healthFigures(status, { ...health, ...changed }).map(
      ({ name, value, isWarning }) => `${isWarning ? '! ' : ''}${name}: ${value}`,
    );

  it('is what a deployment watches', () => {
    assert.deepEqual(shown(busy), [
      'Streams: 2 streams, 42.0 tok/s',
      'Tokens stored: 1,240',
      'Tokens sampled out: 11,160',
      'Tokens lost: 0',
      'Trace file: 1.23 GB',
      'Log: 412 KB',
      'Write latency: p50 12 µs, p99 500 µs, max 7.0 ms',
      'Recovered traces: 1',
      'Rejected events: 0',
    ]);
  });

  it('has the same lines before anything was captured, so that none of them moves', () => {
    const names = (lines: string[]): string[] => lines.map((line) => line.replace(/:.*/, ''));
    assert.deepEqual(names(shown(idle, { writeLatencyMs: null })), names(shown(busy)));
  });

  it('marks what is wrong', () => {
    const lines = shown(busy, { tokensDropped: 7, rejectedEvents: 2 });
    assert.deepEqual(
      lines.filter((line) => line.startsWith('!')),
      ['! Tokens lost: 7', '! Rejected events: 2'],
    );
    assert.equal(healthText(busy, health), 'no problems');
    assert.equal(healthText(busy, { ...health, tokensDropped: 7 }), '7 tokens lost');
    assert.equal(healthText(full, health), 'disk full');
  });
});

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
