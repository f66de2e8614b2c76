/** One whole story through the real capture, read back as others read it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { repository } from '../../../../scripts/dependencies.mjs';
import { CaptureProcess } from '../../../../test/clients/harness/captureProcess.js';
import type { Trace } from '../../src/api.js';
import { Destinations } from '../../src/destinations.js';
import { createTrace } from '../../src/trace.js';

interface ShownStep {
  readonly id: string;
  readonly parent_id: string | null;
  readonly depth: number;
  readonly type: string;
  readonly name: string;
  readonly status: string | null;
  readonly failed: boolean;
  readonly summary: string;
  readonly from: string | null;
  readonly stage: {
    readonly progress: number | null;
    readonly message: string | null;
    readonly phases: readonly { readonly name: string; readonly start_ms: number }[];
  } | null;
}

interface ShownCall {
  readonly id: string;
  readonly status: string;
  readonly error_code: string | null;
  readonly model: string | null;
  readonly chunk_count: number;
  readonly total_tokens: number | null;
  readonly ttft_ms: number | null;
  readonly ttfo_ms: number | null;
  readonly icl_ms: { readonly p50: number } | null;
  readonly response: string;
}

interface ShownRun {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly calls: readonly ShownCall[];
}

interface ShownToken {
  readonly kind: string;
  readonly token: string;
  readonly time_ms: number;
}

async function* think(words: readonly string[]): AsyncGenerator<{ kind: string; text: string }> {
  await pause(10);
  yield { kind: 'reasoning', text: 'Hm. ' };
  for (const text of words) {
    await pause(2);
    yield { kind: 'text', text };
  }
}

async function live(trace: Trace): Promise<void> {
  await trace.run('a trip', { agentType: 'planner', sessionId: 's-1' }, async () => {
    const text = await trace.stage('plan', { input: 'a trip' }, async (stage) => {
      stage.phase('detailed');
      trace.memoryRead('city', 'Salzburg');
      await trace.tool('weather', { days: 3 }, () => pause(5, ['rain', 'sun']));
      let said = '';
      const chunks = trace.traceStream(() => think(['Three ', 'days', '.']), {
        ...{
          model: 'local-1',
          provider: 'mine',
          messages: [{ role: 'user', content: 'Plan it.' }],
        },
      });
      for await (const { kind, text } of chunks) if (kind === 'text') said += text;
      stage.phase('summary');
      for (let done = 0; done <= 100; done++) stage.progress(done / 100, `${done} words`);
      return said;
    });
    trace.memoryWrite('plan', text);
    trace.agentHandoff('planner', 'booker', 'It has to be booked.');
    await trace.agent('booker', async () => {
      const failure = new Error('The hotel is full.');
      await assert.rejects(trace.tool('book', { hotel: 'X' }, () => Promise.reject(failure)));
      const stream = trace.startLlmStream({ model: 'local-2' });
      for (let index = 0; index < 40; index++) stream.addToken(`${index} `);
      stream.error(Object.assign(new Error('Slow down.'), { status: 429 }));
      stream.end();
    });
    trace.finalAnswer(text);
  });
  trace.event('afterwards');
}

async function commandLine(...words: readonly string[]): Promise<string> {
  const command = [join(repository, 'dist', 'cli.js'), ...words, '--json'];
  return (await promisify(execFile)(process.execPath, command)).stdout;
}

async function runsIn(db: string): Promise<readonly ShownRun[]> {
  return (JSON.parse(await commandLine('stats', db)) as { runs: readonly ShownRun[] }).runs;
}

/** One line of JSON a token. */
async function tokensIn(db: string, call: string): Promise<readonly ShownToken[]> {
  const text = await commandLine('tokens', db, '--call', call);
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as ShownToken);
}

describe('the story of an agent', function () {
  this.timeout(60_000);
  let capture: CaptureProcess;
  before(async () => {
    capture = await CaptureProcess.start({ upstreams: {} });
  });
  after(() => capture.dispose());

  const traceTo = (options: object): Trace => {
    const trace = createTrace(new Destinations());
    const { url: endpoint, token } = capture.address;
    trace.configure({
      endpoint,
      token,
      handleSignals: false,
      defaultRunName: 'outside',
      ...options,
    });
    return trace;
  };
  const get = async <T>(path: string): Promise<T> => {
    const headers = { authorization: `Bearer ${capture.address.token}` };
    const response = await fetch(`${capture.address.url}${path}`, { headers });
    assert.equal(response.status, 200, path);
    return (await response.json()) as T;
  };
  it('is shown while it happens, and in the file that is left', async () => {
    const trace = traceTo({});
    await live(trace);
    trace.configure({ defaultRunName: 'over' });
    assert.equal(await trace.flush(), true);

    const { runs } = await get<{ runs: readonly ShownRun[] }>('/v1/runs');
    const run = runs.find(({ name }) => name === 'a trip');
    assert.ok(run);
    assert.equal(run.status, 'completed');
    const { events } = await get<{ events: readonly ShownStep[] }>(`/v1/runs/${run.id}/timeline`);
    assert.deepEqual(
      events.map(({ depth, type, name, status, failed }) => [depth, type, name, status, failed]),
      [
        [0, 'stage', 'plan', 'completed', false],
        [1, 'memory_read', 'city', null, false],
        [1, 'tool_call', 'weather', 'completed', false],
        [1, 'llm_call', 'local-1', 'completed', false],
        [0, 'memory_write', 'plan', null, false],
        [0, 'agent_handoff', 'hand-off to booker', null, false],
        [0, 'agent', 'booker', 'completed', false],
        [1, 'tool_call', 'book', 'failed', true],
        [1, 'llm_call', 'local-2', 'failed', true],
        [0, 'final_answer', 'final answer', null, false],
      ],
    );
    assert.equal(events.find(({ name }) => name === 'book')?.summary, 'The hotel is full.');
    const plan = events.find(({ name }) => name === 'plan')?.stage;
    assert.deepEqual([plan?.progress, plan?.message], [1, '100 words']);
    const [detailed, summary] = plan?.phases ?? [];
    assert.deepEqual([detailed?.name, summary?.name], ['detailed', 'summary']);
    // In between the tool and the model waited.
    assert.ok((summary?.start_ms ?? 0) - (detailed?.start_ms ?? 0) >= 15);
    assert.equal(events.find(({ type }) => type === 'agent_handoff')?.from, 'planner');

    assert.equal(await capture.stop(), 0);
    const left = await runsIn(capture.db);
    assert.deepEqual(
      new Map(left.map(({ name, status }) => [name, status])),
      new Map([
        ['a trip', 'completed'],
        ['outside', 'completed'],
      ]),
    );
    const [good, bad] = left.find(({ name }) => name === 'a trip')?.calls ?? [];
    assert.ok(good && bad);
    assert.deepEqual([good.model, good.chunk_count, good.response], ['local-1', 4, 'Three days.']);
    assert.ok((good.ttft_ms ?? 0) >= 9 && (good.ttfo_ms ?? 0) > (good.ttft_ms ?? Infinity));
    assert.ok((good.icl_ms?.p50 ?? 0) > 0.5);
    assert.deepEqual([bad.status, bad.error_code, bad.chunk_count], ['failed', 'RATE_LIMIT', 40]);
    const tokens = await tokensIn(capture.db, good.id);
    assert.deepEqual(
      tokens.map(({ kind, token }) => [kind, token]),
      [
        ['reasoning', 'Hm. '],
        ['text', 'Three '],
        ['text', 'days'],
        ['text', '.'],
      ],
    );
    assert.ok(tokens.every(({ time_ms }, index) => time_ms > (tokens[index - 1]?.time_ms ?? 0)));
  });
});

describe('the story of an agent of which not all tokens are stored', function () {
  this.timeout(60_000);

  for (const [what, options, most] of [
    ['a tenth', { tokenSampleRate: 0.1 }, 6],
    ['none', { storeTokens: false }, 0],
  ] as const) {
    it(`has the figures of all, with ${what} of them`, async () => {
      const capture = await CaptureProcess.start({ upstreams: {} });
      try {
        const trace = createTrace(new Destinations());
        const { url: endpoint, token } = capture.address;
        trace.configure({ endpoint, token, handleSignals: false, ...options });
        const words = Array.from({ length: 40 }, (_, index) => `${index} `);
        const chunks = trace.traceStream(() => think(words), { model: 'm' });
        for await (const chunk of chunks) assert.ok(chunk.text);
        trace.configure({ defaultRunName: 'over' });
        assert.equal(await trace.flush(), true);
        assert.equal(await capture.stop(), 0);
        const call = (await runsIn(capture.db))[0]?.calls[0];
        assert.ok(call);
        assert.equal(call.chunk_count, 41);
        assert.equal(call.response, words.join(''));
        assert.ok((call.ttft_ms ?? 0) >= 9 && (call.ttfo_ms ?? 0) > (call.ttft_ms ?? Infinity));
        assert.ok((call.icl_ms?.p50 ?? 0) > 0.5);
        const tokens = await tokensIn(capture.db, call.id);
        assert.ok(tokens.length <= most, `${tokens.length}`);
        assert.equal(tokens.length > 0, most > 0);
      } finally {
        await capture.dispose();
      }
    });
  }
});
