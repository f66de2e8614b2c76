import assert from 'node:assert/strict';
import { KeptLines } from '../../../../src/capture/log/keptLines.js';
import type { TraceEvent } from '../../../../src/store/log/traceEvent.js';
import { callEnded, callStarted, tokensOf } from './sampleEvents.js';

const all = (kept: KeptLines): TraceEvent[] =>
  kept.first(Infinity).map((line) => JSON.parse(line) as TraceEvent);

describe('lines that wait for the disk', () => {
  it('come in their order, in pieces', () => {
    const kept = new KeptLines(1_000_000);
    const events = [callStarted('a'), tokensOf('a', 0, 3), callEnded('a')];
    for (const event of events) kept.add(event);
    assert.equal(kept.tokens, 3);
    assert.equal(kept.first(1).length, 1);
    kept.remove(1);
    assert.deepEqual(all(kept), events.slice(1));
    kept.remove(2);
    assert.equal(kept.count, 0);
    assert.equal(kept.bytes, 0);
  });

  it('lose the oldest tokens first when there are too many, counted', () => {
    const kept = new KeptLines(20_000);
    kept.add(callStarted('a'));
    for (let index = 0; index < 2_000; index++) kept.add(tokensOf('a', index, 1));
    kept.add(callEnded('a'));
    assert.ok(kept.bytes <= 20_000);
    const events = all(kept);
    assert.deepEqual(events[0], callStarted('a'));
    assert.deepEqual(events.at(-1), callEnded('a'));
    assert.deepEqual(events.at(-2), tokensOf('a', 1_999, 1));
    assert.equal(kept.droppedTokens, 2_000 - (events.length - 2));
    assert.equal(kept.takeDropped(), kept.droppedTokens);
    assert.equal(kept.takeDropped(), 0);
  });

  it('are bounded even without any tokens', () => {
    const kept = new KeptLines(10_000);
    for (let call = 0; call < 1_000; call++) kept.add(callStarted(`call-${call}`));
    assert.ok(kept.bytes <= 10_000);
    assert.deepEqual(all(kept).at(-1), callStarted('call-999'));
  });
});
