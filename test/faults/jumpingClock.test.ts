/** A wall clock that is set back and forth while streams run: every difference is of a clock that nobody sets. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CaptureProcess } from '../clients/harness/captureProcess.js';
import { eventually } from '../clients/harness/eventually.js';
import { type RecordedCall, readCalls } from '../clients/harness/recorded.js';
import {
  type ScriptedUpstream,
  askFor,
  chunk,
  finish,
  startUpstream,
  tokenTexts,
  write,
} from './scriptedUpstream.js';

const tokens = 20;
const tokenEveryMs = 30;
/** As much as a loaded machine may add, and far less than a jump. */
const longestMs = 30_000;

/** Loaded into the capture's processes before anything else: an hour forth and back, again and again. */
const jumpingClock = `
const hourMs = 3_600_000;
const trueNow = Date.now;
Date.now = () => trueNow() + (Math.floor(performance.now() / 70) % 2 ? hourMs : -hourMs);
globalThis.Date = new Proxy(Date, {
  construct: (target, words) => (words.length > 0 ? new target(...words) : new target(Date.now())),
});
`;

describe('a wall clock that jumps', function () {
  this.timeout(60_000);
  let folder: string;
  let upstream: ScriptedUpstream;
  let capture: CaptureProcess;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-stream-clock-'));
    const clock = join(folder, 'jumpingClock.cjs');
    await writeFile(clock, jumpingClock);
    upstream = await startUpstream({
      steady: async (response) => {
        for (const text of tokenTexts(tokens)) {
          await write(response, chunk(text));
          await pause(tokenEveryMs);
        }
        response.end(finish);
      },
    });
    capture = await CaptureProcess.start({
      upstreams: { openai: upstream.url },
      environment: { NODE_OPTIONS: `--require "${clock.replaceAll('\\', '/')}"` },
    });
  });
  after(async () => {
    await capture.dispose();
    await upstream.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function ended(run: string): Promise<RecordedCall> {
    const [call] = await eventually(
      () => readCalls(capture.db, run),
      ([first]) => first !== undefined && first.state !== 'streaming',
    );
    assert.ok(call);
    return call;
  }

  function assertTrueTimes({ state, tokens: found, durationUs }: RecordedCall): void {
    assert.equal(state, 'completed');
    assert.deepEqual(
      found.map(({ text }) => text),
      tokenTexts(tokens),
    );
    const offsetsMs = found.map(({ offsetUs }) => offsetUs / 1_000);
    for (const [index, offsetMs] of offsetsMs.entries()) {
      // A timer may be a little early.
      assert.ok(offsetMs >= index * (tokenEveryMs - 2), `token ${index} at ${offsetMs} ms`);
    }
    assert.ok((offsetsMs.at(-1) ?? Infinity) < longestMs, offsetsMs.join());
    assert.ok((durationUs ?? Infinity) / 1_000 < longestMs, `${durationUs} µs`);
  }

  it('moves no token of a stream that passes through', async () => {
    await (await askFor(capture.run('proxied')('openai'), 'steady')).text();
    assertTrueTimes(await ended('proxied'));
  });

  it('moves no token that comes without a time', async () => {
    const send = async (event: object): Promise<void> => {
      const { status } = await fetch(`${capture.address.url}/v1/events`, {
        method: 'POST',
        body: JSON.stringify(event),
        headers: {
          'content-type': 'application/x-ndjson',
          authorization: `Bearer ${capture.address.token}`,
        },
      });
      assert.equal(status, 200);
    };
    const llm_call_id = 'call';
    await send({ type: 'run_start', run_id: 'sent', name: 'sent' });
    await send({ type: 'llm_call_start', run_id: 'sent', llm_call_id });
    for (const [first_index, token] of tokenTexts(tokens).entries()) {
      await send({ type: 'llm_tokens', llm_call_id, first_index, tokens: [{ token }] });
      await pause(tokenEveryMs);
    }
    await send({ type: 'llm_call_end', llm_call_id });
    assertTrueTimes(await ended('sent'));
  });

  it('takes the trace from nobody: it ends as it should', async () => {
    assert.equal(await capture.stop(), 0);
    assert.equal((await readCalls(capture.db, 'proxied')).length, 1);
  });
});
