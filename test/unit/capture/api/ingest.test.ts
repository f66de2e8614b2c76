import assert from 'node:assert/strict';
import type { TraceEvent } from '../../../../src/store/log/traceEvent.js';
import {
  type Problem,
  RunningApi,
  buildBundles,
  callEnd,
  callStart,
  runStart,
  tokensOf,
} from './runningApi.js';

interface Accepted {
  readonly accepted: number;
  readonly rejected: { line: number; message: string }[];
  readonly rejected_count: number;
}

describe('ingest', function () {
  this.timeout(30_000);
  let bundles: string;
  let api: RunningApi;

  before(async () => {
    bundles = await buildBundles();
    api = await RunningApi.start(bundles);
  });
  after(() => api.stop());
  beforeEach(() => {
    api.events.length = 0;
    api.canWrite = true;
  });

  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    api.ask<Problem & Accepted>('/v1/events', {
      method: 'POST',
      body: typeof body === 'string' ? body : new Uint8Array(body),
      headers: { 'content-type': 'application/x-ndjson', ...headers },
    });

  const eventsOfType = <T extends TraceEvent['type']>(type: T) =>
    api.events.filter((event): event is Extract<TraceEvent, { type: T }> => event.type === type);

  it('makes events of every kind of line', async () => {
    const answer = await api.send<Accepted>(
      runStart('run-1', { agent_type: 'support', session_id: 's', user_id: 'u', metadata: [1] }),
      {
        type: 'step_start',
        step_id: 'stage',
        run_id: 'run-1',
        step_type: 'stage',
        timestamp_us: 10,
      },
      callStart('call-1', 'run-1', {
        ...{ parent_id: 'stage', provider: 'openai', sample_rate: 0.5 },
        ...{ request: { messages: [{ role: 'user' }] }, data: { attempt: 1 } },
      }),
      {
        ...{ type: 'llm_tokens', llm_call_id: 'call-1', first_index: 3 },
        tokens: [
          { token: 'Hel', offset_us: 150_000.4 },
          { token: 'lo', timestamp_us: 1_763_627_001_250_000, metadata: { logprob: -1 } },
          { token: '{', offset_us: 300_000, kind: 'tool_arguments', index: 9 },
        ],
      },
      callEnd('call-1', {
        ...{ usage: { prompt_tokens: 7, completion_tokens: 3 }, finish_reason: 'stop' },
        ...{ http_status: 200, first_chunk_us: 100, received_tokens: 10, data: { b: 2 } },
        statistics: { first_token_us: 9, last_token_us: 30.5, icl_p50_us: 1.25, later: 'field' },
      }),
      { type: 'step_end', step_id: 'stage', timestamp_us: 5_010, data: { output: 'x' } },
      {
        ...{
          type: 'event',
          step_id: 'e',
          run_id: 'run-1',
          step_type: 'agent_handoff',
          name: 'To B',
        },
        ...{ timestamp_us: 77, status: 'completed', duration_us: 5, data: { from: 'A', to: 'B' } },
      },
      { type: 'run_end', run_id: 'run-1', status: 'failed', timestamp_us: 99 },
    );
    assert.deepEqual(answer.body, { accepted: 8, rejected: [], rejected_count: 0 });
    assert.deepEqual(api.events, [
      {
        ...{ type: 'run-started', runId: 'run-1', name: 'Run run-1', atUs: 1_763_627_000_000_000 },
        ...{ agentType: 'support', sessionId: 's', userId: 'u', metadata: [1] },
      },
      {
        ...{ type: 'step-started', stepId: 'stage', runId: 'run-1', stepType: 'stage' },
        ...{ name: 'stage', atUs: 10, status: 'running' },
      },
      {
        ...{ type: 'call-started', callId: 'call-1', runId: 'run-1', parentId: 'stage' },
        ...{ name: 'a-model', model: 'a-model', provider: 'openai', streaming: true },
        ...{ atUs: 1_763_627_001_000_000, clockSource: 'sdk', sampleRate: 0.5 },
        ...{ request: '{"messages":[{"role":"user"}]}', data: { attempt: 1 } },
      },
      {
        ...{ type: 'tokens', callId: 'call-1', firstIndex: 3 },
        tokens: [
          [150_000.4, 0, 'Hel'],
          [250_000, 0, 'lo', { logprob: -1 }],
        ],
      },
      { type: 'tokens', callId: 'call-1', firstIndex: 9, tokens: [[300_000, 3, '{']] },
      {
        ...{ type: 'call-ended', callId: 'call-1', state: 'completed', durationUs: 2_000_000 },
        ...{ promptTokens: 7, completionTokens: 3, tokenCountSource: 'usage' },
        ...{ finishReason: 'stop', httpStatus: 200, ttfcUs: 100, receivedTokens: 10 },
        statistics: { ttft_us: 9, last_token_us: 30.5, icl_p50_us: 1.25 },
        ...{ data: { b: 2 } },
      },
      {
        ...{ type: 'step-ended', stepId: 'stage', status: 'completed', durationUs: 5_000 },
        ...{ data: { output: 'x' } },
      },
      {
        ...{ type: 'step-started', stepId: 'e', runId: 'run-1', stepType: 'agent_handoff' },
        ...{ name: 'To B', atUs: 77, status: 'completed', durationUs: 5 },
        ...{ data: { from: 'A', to: 'B' } },
      },
      { type: 'run-ended', runId: 'run-1', status: 'failed', atUs: 99 },
    ]);
  });

  describe('of a call that ends', () => {
    const endings = [
      [{}, { state: 'completed' }],
      [
        { error: { code: 'RATE_LIMIT', message: 'Slow down.' } },
        { state: 'failed', errorCode: 'RATE_LIMIT', errorMessage: 'Slow down.' },
      ],
      [
        { error: { code: 'EBUSY', message: 'No.' } },
        { state: 'failed', errorCode: 'LLM_ERROR', errorMessage: 'EBUSY: No.' },
      ],
      [
        { error: { message: 'No.' } },
        { state: 'failed', errorCode: 'LLM_ERROR', errorMessage: 'No.' },
      ],
      [{ status: 'aborted' }, { state: 'aborted', errorCode: 'CLIENT_ABORT' }],
      [{ status: 'truncated' }, { state: 'truncated', errorCode: 'TRUNCATED' }],
      [
        { status: 'aborted', error: { message: 'Left.' } },
        { state: 'aborted', errorCode: 'CLIENT_ABORT', errorMessage: 'Left.' },
      ],
      [{ response: 'All of it.' }, { state: 'completed', response: 'All of it.' }],
      [{ response: { a: 1 } }, { state: 'completed', response: '{"a":1}' }],
    ] as const;
    endings.forEach(([sent, expected], position) => {
      it(`takes ${JSON.stringify(sent)}`, async () => {
        const callId = `ending-${position}`;
        await api.send(callEnd(callId, sent));
        assert.deepEqual(api.events, [
          { type: 'call-ended', callId, durationUs: 2_000_000, ...expected },
        ]);
      });
    });
  });

  it('takes the word of the end for whether a call was streamed', async () => {
    await api.send(runStart('run-9'), callStart('call-9', 'run-9'));
    await api.send(callEnd('call-9', { streaming: false, response: 'All of it.' }));
    assert.deepEqual(
      api.events.map((event) => [event.type, 'streaming' in event ? event.streaming : null]),
      [
        ['run-started', null],
        ['call-started', true],
        ['call-described', false],
        ['call-ended', null],
      ],
    );
  });

  it('measures by the arrival what has no times', async () => {
    const before = Date.now() * 1_000;
    await api.send(
      { type: 'run_start', run_id: 'timeless' },
      { type: 'llm_call_start', llm_call_id: 'timeless-1', run_id: 'timeless' },
    );
    await api.send({
      ...{ type: 'llm_tokens', llm_call_id: 'timeless-1', first_index: 0 },
      tokens: [{ token: 'a' }],
    });
    await api.send({ type: 'llm_call_end', llm_call_id: 'timeless-1' });
    const longest = Date.now() * 1_000 - before + 1_000;
    const [run] = eventsOfType('run-started');
    assert.equal(run!.name, 'timeless');
    assert.ok(run!.atUs >= before && run!.atUs <= before + longest);
    const offset = eventsOfType('tokens')[0]!.tokens[0]![0];
    const duration = eventsOfType('call-ended')[0]!.durationUs;
    assert.ok(offset >= 0 && offset <= duration && duration <= longest, `${offset} ${duration}`);
  });

  describe('sent once more', () => {
    it('records tokens once, whatever the batches are', async () => {
      await api.send(runStart('again'), callStart('again-1', 'again'));
      api.events.length = 0;
      await api.send(tokensOf('again-1', 0, ['a', 'b', 'c']));
      await api.send(tokensOf('again-1', 0, ['a', 'b', 'c']));
      await api.send(tokensOf('again-1', 2, ['c', 'd']));
      await api.send(tokensOf('again-1', 6, ['g']));
      await api.send(tokensOf('again-1', 4, ['e', 'f', 'g']));
      const texts = eventsOfType('tokens').map((event) => [
        event.firstIndex,
        event.tokens.map(([, , text]) => text).join(''),
      ]);
      assert.deepEqual(texts, [
        [0, 'abc'],
        [3, 'd'],
        [6, 'g'],
        [4, 'ef'],
      ]);
    });

    it('records an end and a start that have no times once', async () => {
      const lines = [
        { type: 'llm_call_start', llm_call_id: 'twice', run_id: 'again' },
        { type: 'step_start', step_id: 'twice-step', run_id: 'again', step_type: 'tool_call' },
      ];
      await api.send(...lines);
      await api.send(...lines);
      assert.equal(eventsOfType('call-started').length, 1);
      assert.equal(new Set(eventsOfType('step-started').map(({ atUs }) => atUs)).size, 1);
      const ends = [
        { type: 'llm_call_end', llm_call_id: 'twice' },
        { type: 'step_end', step_id: 'twice-step' },
      ];
      await api.send(...ends);
      const again = await api.send<Accepted>(...ends);
      assert.equal(again.body.accepted, 2);
      assert.equal(eventsOfType('call-ended').length, 1);
      assert.equal(eventsOfType('step-ended').length, 1);
    });
  });

  describe('that is wrong in places', () => {
    it('keeps the good lines, and says what is wrong with the others', async () => {
      const { status, body } = await post(
        [
          '{"type":"run_start","run_id":"good","unknown":1}',
          'no JSON',
          '',
          '{"type":"llm_started"}',
          '{"type":"run_start"}',
          `{"type":"run_start","run_id":"${'x'.repeat(201)}"}`,
          '{"type":"llm_tokens","llm_call_id":"c","first_index":0,"tokens":[{"token":"a","offset_us":1e999}]}',
          '{"type":"llm_tokens","llm_call_id":"c","first_index":-1,"tokens":[{"token":"a"}]}',
          `{"type":"run_start","run_id":"deep","metadata":${'['.repeat(100)}${']'.repeat(100)}}`,
          '{"type":"llm_call_end","llm_call_id":"c","statistics":{"icl_p50_us":-1}}',
          '{"type":"llm_call_start","llm_call_id":"c","run_id":"r","sample_rate":1.1}',
          '[]',
          '   ',
          '{"type":"run_end","run_id":"good"}\r',
        ].join('\n'),
      );
      assert.equal(status, 200);
      assert.equal(body.accepted, 2);
      assert.equal(body.rejected_count, 10);
      assert.deepEqual(
        body.rejected.map(({ line, message }) => `${line} ${message.split(':')[0]}`),
        [
          ...['2 Not JSON.', '4 type', '5 run_id', '6 run_id', '7 tokens.0.offset_us'],
          ...['8 first_index', '9 metadata', '10 statistics.icl_p50_us', '11 sample_rate'],
          '12 body',
        ],
      );
      assert.deepEqual(
        api.events.map(({ type }) => type),
        ['run-started', 'run-ended'],
      );
    });

    it('is a 400 that names the lines when nothing was right', async () => {
      const { status, body } = await post('x\n{"type":"run_start"}');
      assert.equal(status, 400);
      assert.deepEqual(
        body.errors?.map(({ field }) => field),
        ['line 1', 'line 2'],
      );
      assert.equal((await post('')).status, 400);
      assert.equal((await post('\n\n')).status, 400);
    });

    it('tells at most 100 lines of many', async () => {
      const { body } = await post(`${'x\n'.repeat(5_000)}{"type":"run_end","run_id":"r"}`);
      assert.equal(body.rejected.length, 100);
      assert.equal(body.rejected_count, 5_000);
    });

    it('is refused for more tokens a line than allowed', async () => {
      const texts = (count: number) => Array.from({ length: count }, () => 'a');
      assert.equal((await api.send(tokensOf('many', 0, texts(10_000)))).status, 200);
      assert.equal((await api.send(tokensOf('many', 10_000, texts(10_001)))).status, 400);
    });

    it('is refused for a line that is too long, or no UTF-8', async () => {
      const line = JSON.stringify(runStart('long', { metadata: 'x'.repeat(4 * 1024 * 1024) }));
      assert.match((await post(line)).body.detail, /Longer than 4 MiB/);
      const bytes = Buffer.from(JSON.stringify(runStart('bytes', { name: 'é' })), 'latin1');
      assert.match((await post(bytes)).body.detail, /Not UTF-8/);
    });

    it('is refused for another type or encoding', async () => {
      const line = JSON.stringify(runStart('r'));
      for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
        assert.equal((await post(line, { 'content-type': type })).status, 415, type);
      }
      assert.equal((await post(line, { 'content-encoding': 'br' })).status, 415);
      assert.equal((await post(line, { 'content-encoding': 'gzip' })).status, 400);
      assert.deepEqual(api.events, []);
    });
  });

  describe('that cannot be written', () => {
    it('is a 503 until it is, and loses and repeats nothing', async () => {
      const lines = [runStart('kept'), callStart('kept-1', 'kept'), tokensOf('kept-1', 0, ['a'])];
      api.canWrite = false;
      const failed = await api.send<Problem>(...lines);
      assert.equal(failed.status, 503);
      assert.equal(failed.headers.get('retry-after'), '1');
      assert.match(failed.body.detail, /kept in memory/);
      // Nothing in it is new, and yet it is not on disk.
      assert.equal((await api.send(tokensOf('kept-1', 0, ['a']))).status, 503);
      api.canWrite = true;
      assert.equal((await api.send(...lines)).status, 200);
      assert.equal(eventsOfType('tokens').length, 1);
    });
  });

  it('interrupts the calls that are open when the capture ends, and no others', async () => {
    await api.send(
      ...[runStart('end'), callStart('open', 'end'), callStart('over', 'end')],
      ...[tokensOf('open', 0, ['a']), callEnd('over')],
    );
    api.events.length = 0;
    api.api.endCalls();
    const ended = eventsOfType('call-ended').filter(({ callId }) => /^(open|over)$/.test(callId));
    assert.deepEqual(
      ended.map(({ callId, state, errorCode }) => [callId, state, errorCode]),
      [['open', 'interrupted', 'INTERRUPTED']],
    );
  });
});
