import assert from 'node:assert/strict';
import { callEnd, callStart, runStart, tokensOf } from './runningApi.js';
import { type Problem, RunningApi, buildBundles } from './runningApi.js';

interface Run {
  readonly id: string;
  readonly status: string;
  readonly token_count: number;
}
interface Runs {
  readonly runs: Run[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}
interface Token {
  readonly llm_call_id?: string;
  readonly token_index: number;
  readonly token: string;
  readonly timestamp_ms: number;
  readonly delta_ms: number;
  readonly metadata: unknown;
}
interface Tokens {
  readonly tokens: Token[];
  readonly total: number;
}

const startMs = 1_763_627_001_000;

describe('reading API', function () {
  this.timeout(30_000);
  let api: RunningApi;

  before(async () => {
    api = await RunningApi.start(await buildBundles());
    const texts = Array.from({ length: 25 }, (_, index) => `t${index} `);
    await api.send(
      runStart('done', {
        ...{ session_id: 's-1', user_id: 'u-1', agent_type: 'support' },
        metadata: { tier: 'gold' },
      }),
      {
        ...{ type: 'step_start', step_id: 'plan', run_id: 'done', step_type: 'stage' },
        timestamp_us: startMs * 1_000 - 1,
      },
      callStart('call-a', 'done', { parent_id: 'plan', provider: 'openai' }),
      tokensOf('call-a', 0, texts),
      callEnd('call-a', {
        finish_reason: 'stop',
        usage: { prompt_tokens: 5, completion_tokens: 30 },
      }),
      // Half a step later than those of the other.
      callStart('call-b', 'done', { timestamp_us: startMs * 1_000 + 5_000 }),
      tokensOf('call-b', 0, texts),
      callEnd('call-b', { error: { code: 'TIMEOUT', message: 'Too slow.' } }),
      {
        ...{ type: 'event', step_id: 'hand-off', run_id: 'done', step_type: 'agent_handoff' },
        data: { from: 'A', to: 'B', reason: 'knows more' },
      },
      { type: 'run_end', run_id: 'done', timestamp_us: startMs * 1_000 + 4_000_000 },
    );
    for (let number = 0; number < 5; number++) {
      const timestamp_us = startMs * 1_000 + 10_000_000 + number;
      await api.send(runStart(`run-${number}`, { timestamp_us, session_id: 's-2' }));
    }
  });
  after(() => api.stop());

  describe('/v1/runs', () => {
    it('lists the newest first', async () => {
      const { body } = await api.ask<Runs>('/v1/runs');
      assert.deepEqual(
        body.runs.map(({ id }) => id),
        ['run-4', 'run-3', 'run-2', 'run-1', 'run-0', 'done'],
      );
      assert.deepEqual([body.total, body.limit, body.offset], [6, 100, 0]);
    });

    it('turns pages, also behind the last', async () => {
      const idsAt = async (limit: number, offset: number) => {
        const { body } = await api.ask<Runs>(`/v1/runs?limit=${limit}&offset=${offset}`);
        assert.equal(body.total, 6);
        return body.runs.map(({ id }) => id);
      };
      assert.deepEqual(await idsAt(2, 0), ['run-4', 'run-3']);
      assert.deepEqual(await idsAt(2, 5), ['done']);
      assert.deepEqual(await idsAt(1_000, 6), []);
      assert.deepEqual(await idsAt(1, 999_999_999), []);
    });

    it('filters', async () => {
      const idsOf = async (query: string) =>
        (await api.ask<Runs>(`/v1/runs?${query}`)).body.runs.map(({ id }) => id);
      assert.deepEqual(await idsOf('status=completed'), ['done']);
      assert.deepEqual(await idsOf('status=failed'), []);
      assert.equal((await idsOf('status=running&session_id=s-2')).length, 5);
      assert.deepEqual(await idsOf('user_id=u-1'), ['done']);
    });
  });

  it('gives a run', async () => {
    const { body } = await api.ask('/v1/runs/done');
    assert.deepEqual(body, {
      ...{ id: 'done', name: 'Run done', status: 'completed', agent_type: 'support' },
      ...{ session_id: 's-1', user_id: 'u-1', llm_call_count: 2, token_count: 50, error_count: 1 },
      ...{ started_at_ms: startMs - 1_000, completed_at_ms: startMs + 4_000, duration_ms: 5_000 },
      ...{ metadata: { tier: 'gold' }, notices: [] },
    });
    assert.equal((await api.ask<{ metadata: unknown }>('/v1/runs/run-1')).body.metadata, null);
  });

  it('gives the steps of a run', async () => {
    interface Timeline {
      readonly total: number;
      readonly events: (Record<string, unknown> & { llm_call: Record<string, unknown> | null })[];
    }
    const { body } = await api.ask<Timeline>('/v1/runs/done/timeline');
    const byId = new Map(body.events.map((event) => [event['id'], event]));
    assert.equal(body.total, 4);
    assert.deepEqual([...byId.keys()].sort(), ['call-a', 'call-b', 'hand-off', 'plan']);
    const call = byId.get('call-a')!;
    assert.deepEqual(
      [call['type'], call['parent_id'], call['depth'], call['timestamp_ms'], call['start_ms']],
      ['llm_call', 'plan', 1, startMs, 1_000],
    );
    assert.equal(call.llm_call?.['first_token_latency_ms'], 150);
    const handOff = byId.get('hand-off')!;
    assert.deepEqual(
      [handOff['from'], handOff['to'], handOff['summary'], handOff.llm_call],
      ['A', 'B', 'knows more', null],
    );
    const page = await api.ask<Timeline>('/v1/runs/done/timeline?limit=1&offset=3');
    assert.deepEqual([page.body.events.length, page.body.total], [1, 4]);
  });

  describe('tokens of a call', () => {
    const path = '/v1/runs/done/llm-calls/call-a/tokens';

    it('are in order, with their times', async () => {
      const { body } = await api.ask<Tokens>(path);
      assert.equal(body.total, 25);
      assert.equal(
        body.tokens
          .map(({ token }) => token)
          .join('')
          .slice(0, 9),
        't0 t1 t2 ',
      );
      assert.deepEqual(body.tokens[0], {
        ...{ token_index: 0, token: 't0 ', kind: 'text' },
        ...{ timestamp_ms: startMs + 150, delta_ms: 150, metadata: null },
      });
      assert.deepEqual(
        [body.tokens[24]!.timestamp_ms, body.tokens[24]!.delta_ms],
        [startMs + 390, 10],
      );
    });

    it('come page by page, each as it is in the whole', async () => {
      const all = (await api.ask<Tokens>(path)).body.tokens;
      for (const limit of [1, 7, 25, 10_000]) {
        const pages: Token[] = [];
        for (let offset = 0; offset < 25; offset += limit) {
          const { body } = await api.ask<Tokens>(`${path}?limit=${limit}&offset=${offset}`);
          assert.equal(body.total, 25);
          pages.push(...body.tokens);
        }
        assert.deepEqual(pages, all);
      }
      assert.deepEqual((await api.ask<Tokens>(`${path}?offset=25`)).body.tokens, []);
      assert.deepEqual((await api.ask<Tokens>(`${path}?offset=9999999`)).body.tokens, []);
    });
  });

  it('gives the figures of every call, and of all', async () => {
    interface Stats {
      readonly llm_calls: Record<string, unknown>[];
      readonly aggregated: Record<string, unknown>;
    }
    const { body } = await api.ask<Stats>('/v1/runs/done/streaming-stats');
    const [first, second] = body.llm_calls;
    const { llm_call_id, status, token_count, total_tokens, token_count_source } = first!;
    assert.deepEqual(
      [llm_call_id, status, token_count, total_tokens, token_count_source],
      ['call-a', 'completed', 25, 30, 'usage'],
    );
    const { last_token_latency_ms, total_duration_ms, p50_token_latency_ms } = first!;
    assert.deepEqual(
      [last_token_latency_ms, total_duration_ms, p50_token_latency_ms],
      [390, 2_000, 10],
    );
    assert.deepEqual([second!['status'], second!['error_code']], ['failed', 'TIMEOUT']);
    assert.deepEqual(
      [body.aggregated['total_llm_calls'], body.aggregated['total_tokens']],
      [2, 55],
    );
    assert.equal(body.aggregated['failed_llm_calls'], 1);
  });

  describe('tokens in order of time', () => {
    const path = '/v1/runs/done/tokens/timeseries';
    const read = async (query = ''): Promise<Tokens> => (await api.ask<Tokens>(path + query)).body;

    it('are those of all calls', async () => {
      const { tokens, total } = await read();
      assert.equal(total, 50);
      const expected = Array.from({ length: 50 }, (_, position) => [
        position % 2 === 0 ? 'call-a' : 'call-b',
        startMs + 150 + 5 * position,
      ]);
      assert.deepEqual(
        tokens.map(({ llm_call_id, timestamp_ms }) => [llm_call_id, timestamp_ms]),
        expected,
      );
    });

    it('are those between two times, both inclusive', async () => {
      const { tokens, total } = await read(`?start=${startMs + 160}&end=${startMs + 175}`);
      assert.equal(total, 4);
      assert.deepEqual(
        tokens.map(({ timestamp_ms }) => timestamp_ms - startMs),
        [160, 165, 170, 175],
      );
      assert.equal((await read(`?start=${startMs + 1_000}`)).total, 0);
      assert.equal((await read(`?end=${startMs + 152}`)).total, 1);
    });

    it('come page by page, each as it is in the whole', async () => {
      const all = (await read()).tokens;
      for (const limit of [1, 7, 50]) {
        const pages: Token[] = [];
        for (let offset = 0; offset < 50; offset += limit) {
          pages.push(...(await read(`?limit=${limit}&offset=${offset}`)).tokens);
        }
        assert.deepEqual(pages, all);
      }
    });

    it('have no span that ends before it starts', async () => {
      const { status, body } = await api.ask<Problem>(`${path}?start=2&end=1`);
      assert.deepEqual([status, body.errors?.[0]?.field], [400, 'end']);
    });
  });

  describe('refuses', () => {
    const wrong = [
      ['/v1/runs?limit=0', 'limit'],
      ['/v1/runs?limit=1001', 'limit'],
      ['/v1/runs?limit=', 'limit'],
      ['/v1/runs?limit=1e2', 'limit'],
      ['/v1/runs?limit=5&limit=6', 'limit'],
      ['/v1/runs?offset=-1', 'offset'],
      ['/v1/runs?offset=99999999999999999999', 'offset'],
      ['/v1/runs?status=over', 'status'],
      ['/v1/runs/done/timeline?limit=x', 'limit'],
      ['/v1/runs/done/llm-calls/call-a/tokens?limit=10001', 'limit'],
      ['/v1/runs/done/llm-calls/call-a/tokens?offset=1.5', 'offset'],
      ['/v1/runs/done/tokens/timeseries?start=yesterday', 'start'],
      ['/v1/runs/done/tokens/timeseries?end=-5', 'end'],
    ] as const;
    for (const [path, field] of wrong) {
      it(`${path}, and names the field`, async () => {
        const { status, body, headers } = await api.ask<Problem>(path);
        assert.equal(status, 400);
        assert.equal(headers.get('content-type'), 'application/problem+json');
        assert.deepEqual(
          body.errors?.map((error) => error.field),
          [field],
        );
        assert.match(body.detail, new RegExp(`^${field}: `));
      });
    }

    for (const path of [
      ...['/v1/runs/none', '/v1/runs/none/timeline', '/v1/runs/none/streaming-stats'],
      ...['/v1/runs/none/tokens/timeseries', '/v1/runs/none/llm-calls/call-a/tokens'],
      ...['/v1/runs/done/llm-calls/none/tokens', '/v1/runs/run-1/llm-calls/call-a/tokens'],
      // A step, but no call.
      '/v1/runs/done/llm-calls/plan/tokens',
    ]) {
      it(`${path}, which is unknown`, async () => {
        const { status, body } = await api.ask<Problem>(path);
        assert.equal(status, 404);
        assert.match(body.detail, /^There is no /);
      });
    }
  });

  describe('of what has just come', () => {
    it('takes ids of any characters', async () => {
      const id = 'a/b ?#%25 ä "x"\\..';
      await api.send(runStart(id), callStart(`${id}-1`, id), tokensOf(`${id}-1`, 0, ['word']));
      const path = `/v1/runs/${encodeURIComponent(id)}`;
      assert.equal((await api.ask<Run>(path)).body.id, id);
      const tokens = await api.ask<Tokens>(
        `${path}/llm-calls/${encodeURIComponent(`${id}-1`)}/tokens`,
      );
      assert.equal(tokens.body.tokens[0]?.token, 'word');
    });

    it('gives what the sender said of a token', async () => {
      await api.send(runStart('said'), callStart('said-1', 'said'), {
        ...{ type: 'llm_tokens', llm_call_id: 'said-1', first_index: 0 },
        tokens: [
          { token: 'a ', offset_us: 1 },
          { token: 'b ', offset_us: 2, metadata: { logprob: -0.5, choice: 1 } },
        ],
      });
      const path = '/v1/runs/said';
      for (const query of [`${path}/llm-calls/said-1/tokens`, `${path}/tokens/timeseries`]) {
        const { body } = await api.ask<Tokens>(query);
        assert.deepEqual(
          body.tokens.map(({ metadata }) => metadata),
          [null, { logprob: -0.5, choice: 1 }],
        );
      }
    });

    it('gives everything that was acknowledged before it was asked', async () => {
      await api.send(runStart('fresh'), callStart('fresh-1', 'fresh'));
      for (let index = 0; index < 100; index++) {
        await api.send(tokensOf('fresh-1', index, ['word ']));
        const { body } = await api.ask<Tokens>('/v1/runs/fresh/llm-calls/fresh-1/tokens');
        assert.equal(body.total, index + 1);
        assert.equal(body.tokens.at(-1)?.token, 'word ');
      }
    });

    it('gives 1 000 tokens in less than 100 ms', async () => {
      const texts = Array.from({ length: 1_000 }, (_, index) => ` word${index}`);
      await api.send(runStart('fast'), callStart('fast-1', 'fast'));
      const times: Record<string, number[]> = { ingest: [], tokens: [], timeseries: [], stats: [] };
      const timed = async (name: string, work: () => Promise<{ status: number }>) => {
        const start = performance.now();
        assert.equal((await work()).status, 200);
        times[name]!.push(performance.now() - start);
      };
      for (let round = 0; round < 10; round++) {
        await timed('ingest', () => api.send(tokensOf('fast-1', round * 1_000, texts)));
        const page = `limit=1000&offset=${round * 1_000}`;
        await timed('tokens', () => api.ask(`/v1/runs/fast/llm-calls/fast-1/tokens?${page}`));
        await timed('timeseries', () => api.ask(`/v1/runs/fast/tokens/timeseries?${page}`));
        await timed('stats', () => api.ask('/v1/runs/fast/streaming-stats'));
      }
      for (const [name, all] of Object.entries(times)) {
        const [median = NaN, longest = NaN] = [all.sort((a, b) => a - b)[5], all[9]];
        process.stdout.write(
          `      ${name}: 1 000 tokens in ${median.toFixed(1)} ms (median), ${longest.toFixed(1)} ms (longest)\n`,
        );
        assert.ok(median < 100, `${name}: ${median} ms`);
      }
    });
  });
});
