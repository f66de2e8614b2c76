import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import type { TraceEvent } from '../../../../src/store/log/traceEvent.js';
import { RunningApi, buildBundles, callEnd, callStart, runStart, tokensOf } from './runningApi.js';

/** Of the pattern that the API of these tests is given. */
const secret = 'secret-123456';
/** What nobody may find, not even a part of it. */
const digits = '123456';

describe('secrets in what is sent', function () {
  this.timeout(60_000);
  let api: RunningApi;

  before(async () => (api = await RunningApi.start(await buildBundles())));
  after(() => api.stop());
  beforeEach(() => (api.events.length = 0));

  /** Every text as the log has it in the end, without the marks of a secret's further tokens. */
  function storedText(): string {
    const texts = new Map<number, string>();
    const note = (event: TraceEvent): void => {
      if (event.type === 'tokens') {
        event.tokens.forEach(([, , text], at) => texts.set(event.firstIndex + at, text));
      } else if (event.type === 'token-text') texts.set(event.index, event.text);
    };
    api.events.forEach(note);
    return [...texts]
      .sort(([a], [b]) => a - b)
      .map(([, text]) => text)
      .join('')
      .replaceAll('•', '');
  }

  it('are taken out of every text, in whatever field', async () => {
    const text = `with ${secret} in it`;
    const json = { password: 'hunter2-hunter2', list: [text] };
    const step = { step_type: 'tool_call', name: text, data: json, run_id: 'run' };
    await api.send(
      runStart('run', { name: text, metadata: json, user_id: text }),
      callStart('call', 'run', { name: text, model: text, request: json, data: json }),
      {
        ...{ type: 'llm_tokens', llm_call_id: 'call', first_index: 0 },
        tokens: [{ token: text, metadata: json, kind: 'reasoning' }],
      },
      callEnd('call', {
        ...{ error: { code: secret, message: text }, finish_reason: text, response: json },
        data: json,
      }),
      { type: 'step_start', step_id: 'step', ...step },
      { type: 'step_end', step_id: 'step', status: text, data: JSON.stringify(json) },
      { type: 'event', step_id: 'event', status: text, ...step },
    );
    const written = JSON.stringify(api.events);
    assert.equal(api.events.length, 7);
    assert.ok(!written.includes(digits), written);
    assert.ok(!written.includes('hunter2'), written);
    assert.ok(written.includes('with [redacted] in it'));
  });

  it('are found however they are spread over tokens and requests', async () => {
    let calls = 0;
    const text = `A key: ${secret}, and no more.`;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(text.length), { maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }),
        async (cuts, startsRequest) => {
          const callId = `spread-${calls++}`;
          api.events.length = 0;
          const ends = [...new Set(cuts), text.length].sort((a, b) => a - b);
          const tokens = ends.map((end, at) => text.slice(ends[at - 1] ?? 0, end));
          const batches = tokens.reduce<string[][]>((all, token, at) => {
            if (at === 0 || startsRequest[at]) all.push([token]);
            else all.at(-1)?.push(token);
            return all;
          }, []);
          let index = 0;
          for (const batch of batches) {
            await api.send(tokensOf(callId, index, batch));
            // An answer was lost.
            await api.send(tokensOf(callId, index, batch));
            index += batch.length;
          }
          await api.send(callEnd(callId));
          assert.equal(storedText(), 'A key: [redacted], and no more.');
          const counts = api.events.map((event) =>
            event.type === 'tokens' ? event.tokens.length : 0,
          );
          assert.equal(
            counts.reduce((sum, count) => sum + count),
            tokens.length,
          );
        },
      ),
      { numRuns: 60 },
    );
    const onDisk = await readFile(`${api.log.tracePath}-log`, 'latin1');
    assert.ok(onDisk.includes('[redacted]') && !onDisk.includes(digits));
    for (let length = 2; length <= 5; length++) {
      const beginning = `secret-${digits.slice(0, length)}`;
      assert.ok(!onDisk.includes(beginning), beginning);
    }
  });

  it('are looked for in each kind of token apart', async () => {
    const parts = ['This is secret-', 'thinking', '123456 as text'];
    await api.send({
      ...{ type: 'llm_tokens', llm_call_id: 'kinds', first_index: 0 },
      tokens: parts.map((token, at) => ({ token, kind: at === 1 ? 'reasoning' : 'text' })),
    });
    await api.send(callEnd('kinds'));
    assert.equal(storedText(), 'This is [redacted]thinking as text');
  });

  it('are not begun in what is stored when the capture or the call is cut off', async () => {
    await api.send(callStart('cut', 'run'), tokensOf('cut', 0, ['A key: secret-12345']));
    await api.send(callEnd('cut', { status: 'aborted' }));
    assert.equal(storedText(), 'A key: [redacted]');
    api.events.length = 0;
    await api.send(callStart('open', 'run'), tokensOf('open', 0, ['A key: secret-12345']));
    api.api.endCalls();
    assert.equal(storedText(), 'A key: [redacted]');
  });
});
