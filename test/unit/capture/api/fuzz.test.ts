import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readEvent } from '../../../../src/store/log/readEvent.js';
import { RunningApi, buildBundles, callEnd, callStart, runStart, tokensOf } from './runningApi.js';

describe('garbage', function () {
  this.timeout(60_000);
  let api: RunningApi;

  before(async () => (api = await RunningApi.start(await buildBundles())));
  after(() => api.stop());

  const post = (path: string, body: Uint8Array<ArrayBuffer> | string, type: string) =>
    api.ask(path, { method: 'POST', body, headers: { 'content-type': type } });

  const good = [
    runStart('r', { metadata: { a: [1] } }),
    callStart('c', 'r', { request: { messages: [] } }),
    tokensOf('c', 0, ['a', 'b']),
    callEnd('c', { usage: { prompt_tokens: 1 }, error: { code: 'x', message: 'y' } }),
    { type: 'step_start', step_id: 's', run_id: 'r', step_type: 'tool_call' },
    { type: 'step_end', step_id: 's', duration_us: 1 },
    { type: 'event', step_id: 'e', run_id: 'r', step_type: 'error', data: { error: 'no' } },
    { type: 'run_end', run_id: 'r' },
  ];

  it('as a body is never an error of ours', async () => {
    const bytes = fc.uint8Array({ maxLength: 2_000 }).map((array) => new Uint8Array(array));
    const lines = fc.array(fc.oneof(fc.json(), fc.string()), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          bytes,
          lines.map((all) => all.join('\n')),
        ),
        async (body) => {
          const events = await post('/v1/events', body, 'application/x-ndjson');
          assert.ok([200, 400].includes(events.status), `${events.status}: ${events.text}`);
          const stop = await post('/v1/session/stop', body, 'application/json');
          assert.ok([202, 400, 413].includes(stop.status), `${stop.status}: ${stop.text}`);
        },
      ),
      { numRuns: 150 },
    );
    assert.deepEqual(api.logged, []);
  });

  it('in a field costs its line at most, and what is written can be read', async () => {
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(20), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const lines = good.map((line): Record<string, unknown> => ({ ...line }));
        for (const [line, field, value] of changes) {
          const names = Object.keys(lines[line]!);
          lines[line]![names[field % names.length]!] = value;
        }
        api.events.length = 0;
        const answer = await api.send<{ accepted: number; rejected_count: number }>(...lines);
        assert.ok([200, 400].includes(answer.status), `${answer.status}: ${answer.text}`);
        if (answer.status === 200) {
          const { accepted, rejected_count } = answer.body;
          assert.equal(accepted + rejected_count, good.length);
        }
        for (const event of api.events) {
          const line = JSON.stringify(event);
          assert.notEqual(readEvent(JSON.parse(line)), null, line);
        }
      }),
      { numRuns: 300 },
    );
    assert.deepEqual(api.logged, []);
  });

  it('in a path or query is never an error of ours', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 }).map((part) => {
      try {
        return encodeURIComponent(part);
      } catch {
        return '%ff';
      }
    });
    await fc.assert(
      fc.asyncProperty(text, text, text, async (run, call, query) => {
        for (const path of [
          `/v1/runs?limit=${query}&status=${query}`,
          `/v1/runs/${run}/timeline?${query}`,
          `/v1/runs/${run}/llm-calls/${call}/tokens?offset=${query}`,
          `/v1/runs/${run}/tokens/timeseries?start=${query}`,
        ]) {
          const { status } = await api.ask(path);
          assert.ok([200, 400, 404].includes(status), `${path}: ${status}`);
        }
      }),
      { numRuns: 40 },
    );
    assert.deepEqual(api.logged, []);
  });
});
