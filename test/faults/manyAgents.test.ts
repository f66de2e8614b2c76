/** Agents that are many, and some that read slowly or never: the others do not feel them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { CaptureProcess } from '../clients/harness/captureProcess.js';
import { eventually } from '../clients/harness/eventually.js';
import { readCalls, readRuns, recordedText } from '../clients/harness/recorded.js';
import { peakMegabytes } from './processMemory.js';
import {
  type ScriptedUpstream,
  askFor,
  chunk,
  finish,
  startUpstream,
  tokenTexts,
  write,
} from './scriptedUpstream.js';

const agents = 200;
const stuckAgents = 5;
const besideThem = 20;
/** Promised are 250 ms of a machine that has time for it. */
const acknowledgedAfterMs = 1_000;
const tokenEveryMs = 50;

describe('many agents at once', function () {
  this.timeout(90_000);
  let upstream: ScriptedUpstream;
  let capture: CaptureProcess;
  let leaving: AbortController;

  before(async () => {
    upstream = await startUpstream({
      steady: async (response, signal) => {
        for (let index = 0; !signal.aborted; index++) {
          await write(response, chunk(`t${index} `));
          await pause(tokenEveryMs);
        }
      },
      short: (response) => void response.end(tokenTexts(100).map(chunk).join('') + finish),
      flood: async (response, signal) => {
        const much = tokenTexts(1_000).map(chunk).join('');
        while (!signal.aborted) await write(response, much);
      },
    });
  });
  after(() => upstream.close());

  beforeEach(async () => {
    leaving = new AbortController();
    capture = await CaptureProcess.start({ upstreams: { openai: upstream.url } });
  });
  afterEach(async () => {
    leaving.abort();
    await capture.dispose();
  });

  const ask = (run: string, model: string): Promise<Response> =>
    askFor(capture.run(run)('openai'), model, leaving.signal);

  it('of which some never read: the streams of others are whole, and memory is bounded', async () => {
    for (let agent = 0; agent < stuckAgents; agent++) await ask(`stuck ${agent}`, 'flood');
    const slow = (await ask('slow', 'flood')).body?.getReader();
    for (let agent = 0; agent < besideThem; agent++) {
      await slow?.read();
      const text = await (await ask('beside', 'short')).text();
      assert.ok(text.endsWith(finish));
    }
    const calls = await eventually(
      () => readCalls(capture.db, 'beside'),
      (found) => found.length === besideThem && found.every(({ state }) => state === 'completed'),
    );
    for (const call of calls) assert.equal(recordedText(call, 'text'), tokenTexts(100).join(''));
    const megabytes = await peakMegabytes(capture.child.pid ?? 0);
    if (megabytes !== null) assert.ok(megabytes < 500, `${Math.round(megabytes)} MB`);
  });

  it(`${agents}, and a kill -9: nothing is lost of what they had, and their calls are interrupted`, async () => {
    const received = await Promise.all(
      Array.from({ length: agents }, (_, agent) =>
        Received.of(() => ask(`agent ${agent}`, 'steady')),
      ),
    );
    await eventually(
      () => received,
      (all) => all.every(({ tokens }) => tokens >= 40),
    );
    const killedAtMs = performance.now();
    capture.child.kill('SIGKILL');
    await once(capture.child, 'exit');
    const runs = await readRuns(capture.db);
    let longestLostMs = 0;
    for (const [agent, { timesMs }] of received.entries()) {
      const [call] = runs.get(`agent ${agent}`)?.calls ?? [];
      assert.ok(call, `agent ${agent}`);
      assert.equal(call.state, 'interrupted');
      assert.match(call.errorMessage ?? '', /^The capture ended unexpectedly after \d+ tokens\.$/);
      assert.equal(recordedText(call, 'text'), tokenTexts(call.tokens.length).join(''));
      const lostAtMs = timesMs[call.tokens.length] ?? killedAtMs;
      longestLostMs = Math.max(longestLostMs, killedAtMs - lostAtMs);
    }
    process.stdout.write(
      `      lost at most what an agent had for ${Math.round(longestLostMs)} ms\n`,
    );
    assert.ok(longestLostMs < acknowledgedAfterMs, `${longestLostMs} ms`);
    for (const { failure } of received) assert.ok(await failure, 'the agent must learn of it');
  });
});

/** When an agent has read each token of its stream. */
class Received {
  readonly timesMs: number[] = [];
  /** What ended it; null for an end as it should be. */
  readonly failure: Promise<unknown>;

  private constructor(response: Response) {
    this.failure = this.read(response).then(
      () => null,
      (error: unknown) => error,
    );
  }

  static async of(ask: () => Promise<Response>): Promise<Received> {
    return new Received(await ask());
  }

  get tokens(): number {
    return this.timesMs.length;
  }

  private async read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const bytes of response.body ?? []) {
      const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
      rest = parts.pop() ?? '';
      this.timesMs.push(...parts.map(() => performance.now()));
    }
  }
}
