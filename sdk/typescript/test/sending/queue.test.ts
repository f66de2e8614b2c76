/** What is left out when more waits than there may be, and what is not. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type QueuedEvent, isBatch } from '../../src/sending/queuedItem.js';
import { Queue } from '../../src/sending/queue.js';
import type { TokenBatch } from '../../src/sending/outbox.js';
import { usedMegabytes } from '../harness/memory.js';
import { batch, callEnd, callStart, runStart, stepEvent } from './harness/recording.js';

const takeAll = (queue: Queue): (QueuedEvent | TokenBatch)[] => {
  const taken = [];
  for (let content = queue.take(); content !== null; content = queue.take()) taken.push(content);
  return taken;
};

const nameOf = (content: QueuedEvent | TokenBatch): string => {
  if (isBatch(content)) return `tokens of ${content.callId} from ${content.firstIndex}`;
  if ('llm_call_id' in content) return `${content.type} of ${content.llm_call_id}`;
  return content.type;
};
const names = (queue: Queue): string[] => takeAll(queue).map(nameOf);

/** A batch of 100 tokens counts 8 100 bytes. */
const room = (batches: number): Queue => new Queue(batches * 8_100 + 3_000, () => 0);

describe('queue', () => {
  it('gives everything in the order in which it was put', () => {
    const queue = new Queue(1e6, () => 0);
    queue.put(runStart('run'));
    queue.put(callStart('a'));
    queue.put(callStart('b'));
    queue.putTokens(batch('a', 0, 10));
    queue.putTokens(batch('b', 0, 10));
    queue.put(callEnd('a'));
    assert.equal(queue.tokens, 20);
    assert.deepEqual(names(queue), [
      ...['run_start', 'llm_call_start of a', 'llm_call_start of b'],
      ...['tokens of a from 0', 'tokens of b from 0', 'llm_call_end of a'],
    ]);
    assert.deepEqual([queue.bytes, queue.tokens, queue.isEmpty], [0, 0, true]);
    assert.equal(queue.takeLosses(), null);
  });

  it('leaves out the oldest stream as a whole, with what comes of it later', () => {
    const queue = room(3);
    for (const id of ['old', 'new']) queue.put(callStart(id));
    for (const firstIndex of [0, 100]) {
      for (const id of ['old', 'new']) queue.putTokens(batch(id, firstIndex, 100));
    }
    queue.putTokens(batch('old', 200, 100));
    queue.put(callEnd('old'));
    queue.put(callEnd('new'));
    assert.deepEqual(queue.takeLosses(), { streams: 1, tokens: 300, events: 0 });
    assert.equal(queue.takeLosses(), null);
    assert.deepEqual(names(queue), [
      ...['llm_call_start of new', 'tokens of new from 0', 'tokens of new from 100'],
      'llm_call_end of new',
    ]);
  });

  it('still ends a stream whose start is under way, and says how many tokens are missing', () => {
    const queue = room(2);
    queue.put(callStart('call'));
    queue.putTokens(batch('call', 0, 100));
    assert.equal(queue.take() !== null && queue.take() !== null, true);
    for (const firstIndex of [100, 200, 300]) queue.putTokens(batch('call', firstIndex, 100));
    queue.put({ ...callEnd('call'), data: { mine: 1 } });
    const [end, ...others] = takeAll(queue);
    assert.deepEqual(others, []);
    assert.deepEqual(end, {
      ...callEnd('call'),
      ...{ received_tokens: 400, data: { mine: 1, dropped_tokens: 300 } },
    });
  });

  it('keeps the count of a sampled stream', () => {
    const queue = room(0);
    queue.put(callStart('call'));
    queue.take();
    queue.putTokens(batch('call', 0, 100));
    queue.put({ ...callEnd('call'), received_tokens: 5_000 });
    assert.deepEqual(takeAll(queue), [
      { ...callEnd('call'), received_tokens: 5_000, data: { dropped_tokens: 100 } },
    ]);
  });

  it('leaves out steps only when no stream is left, the oldest first, and ends with their starts', () => {
    const data = 'x'.repeat(4_000);
    const queue = new Queue(10_000, () => 0);
    queue.put(runStart('run'));
    queue.put(callStart('call'));
    const start = { ...stepEvent('started'), type: 'step_start', data } as const;
    queue.put(start);
    queue.put({ ...stepEvent('second'), data });
    queue.put({ ...stepEvent('third'), data });
    queue.put({ type: 'step_progress', step_id: 'started', timestamp_us: 1, progress: 0.5 });
    queue.put({ type: 'step_end', step_id: 'started', status: 'completed', duration_us: 1 });
    const taken = takeAll(queue);
    assert.deepEqual(
      taken.map((content) => ('step_id' in content ? content.step_id : nameOf(content))),
      ['run_start', 'second', 'third'],
    );
    assert.deepEqual(queue.takeLosses(), { streams: 1, tokens: 0, events: 1 });
  });

  it('counts what is held elsewhere', () => {
    const queue = new Queue(10_000, () => 9_000);
    queue.put(callStart('call'));
    queue.putTokens(batch('call', 0, 100));
    assert.deepEqual(names(queue), []);
  });

  it('needs no more memory the longer it is used', () => {
    const queue = new Queue(1e6, () => 0);
    const megabytesAfter = (times: number): number => {
      for (let index = 0; index < times; index++) {
        queue.put(stepEvent('step'));
        queue.put(callStart('call'));
        queue.put(callEnd('call'));
        assert.equal(takeAll(queue).length, 3);
      }
      return usedMegabytes();
    };
    const before = megabytesAfter(1_000);
    const grown = megabytesAfter(50_000) - before;
    assert.ok(grown < 2, `${grown} MB`);
  });

  it('never gives a stream with a hole, nor more than the bound', () => {
    const action = fc.record({
      act: fc.constantFrom('start', 'tokens', 'tokens', 'end', 'take', 'step'),
      call: fc.integer({ min: 0, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => checkActions(actions)),
      { numRuns: 300 },
    );
  });
});

function checkActions(actions: readonly { act: string; call: number }[]): void {
  const bound = 30_000;
  const queue = new Queue(bound, () => 0);
  const put = new Map<string, number>();
  const ended = new Set<string>();
  const taken: (QueuedEvent | TokenBatch)[] = [];
  for (const { act, call } of actions) {
    const id = `call-${call}`;
    const isOpen = put.has(id) && !ended.has(id);
    if (act === 'take') {
      const content = queue.take();
      if (content) taken.push(content);
    } else if (act === 'step') {
      queue.put(stepEvent(`step-${call}`));
    } else if (act === 'start' && !put.has(id)) {
      put.set(id, 0);
      queue.put(callStart(id));
    } else if (act === 'tokens' && isOpen) {
      const index = put.get(id) ?? 0;
      queue.putTokens(batch(id, index, 100));
      put.set(id, index + 100);
    } else if (act === 'end' && isOpen) {
      ended.add(id);
      queue.put(callEnd(id));
    }
    assert.ok(queue.bytes <= bound);
  }
  taken.push(...takeAll(queue));
  assert.deepEqual([queue.bytes, queue.tokens, queue.isEmpty], [0, 0, true]);
  for (const [id, count] of put) checkCall(id, count, ended.has(id), taken);
}

function checkCall(
  id: string,
  count: number,
  hasEnded: boolean,
  taken: readonly (QueuedEvent | TokenBatch)[],
): void {
  const own = taken.filter((content) =>
    isBatch(content)
      ? content.callId === id
      : 'llm_call_id' in content && content.llm_call_id === id,
  );
  if (own.length === 0) return;
  const [first, ...others] = own;
  const last = hasEnded ? others.pop() : undefined;
  assert.ok(first && nameOf(first).startsWith('llm_call_start'));
  assert.deepEqual(
    others.map((content) => (isBatch(content) ? content.firstIndex : NaN)),
    others.map((_, place) => place * 100),
  );
  if (!last) return;
  const missing = count - others.length * 100;
  assert.deepEqual(
    last,
    missing === 0
      ? callEnd(id)
      : { ...callEnd(id), received_tokens: count, data: { dropped_tokens: missing } },
  );
}
