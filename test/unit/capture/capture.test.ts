import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../../../scripts/dependencies.mjs';
import { Capture } from '../../../src/capture/capture.js';
import { settingsFromEnvironment } from '../../../src/capture/environment.js';
import { type Milliseconds, milliseconds } from '../../../src/model/units.js';

const files = {
  store: join(repository, 'dist', 'store.js'),
  foldWorker: join(repository, 'dist', 'fold.js'),
};

describe('a capture', function () {
  this.timeout(30_000);
  let folder: string;
  let capture: Capture | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-stream-capture-'));
  });
  afterEach(async () => {
    capture?.stop('now');
    await capture?.ended;
    await rm(folder, { recursive: true, force: true });
  });

  async function start(
    detachGraceMs: Milliseconds | null,
    environment: Record<string, string> = {},
  ): Promise<Capture> {
    capture = undefined;
    return (capture = await Capture.start({
      files,
      settings: settingsFromEnvironment(environment),
      db: join(folder, 'trace.llmtrace'),
      detachGraceMs,
      version: '0.0.0',
      log: () => undefined,
    }));
  }

  const send = (running: Capture, ...events: readonly object[]): Promise<Response> =>
    fetch(`${running.address.url}/v1/events`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${running.address.token}`,
        'content-type': 'application/x-ndjson',
      },
      body: events.map((event) => `${JSON.stringify(event)}\n`).join(''),
    });

  it('ends by itself when no editor holds on to it any more', async () => {
    const running = await start(milliseconds(50));
    await running.ended;
    assert.deepEqual(await readdir(folder), ['trace.llmtrace']);
  });

  it('that shall end when it is idle waits for the streams of SDKs too', async () => {
    const running = await start(null);
    await send(running, { type: 'llm_call_start', run_id: 'r', llm_call_id: 'c', model: 'm' });
    running.stop('idle');
    const answer = await send(running, { type: 'llm_call_end', llm_call_id: 'c' });
    assert.equal(answer.status, 200);
    await running.ended;
  });

  it('that cannot listen leaves nothing behind', async () => {
    const other: Server = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const { port } = other.address() as AddressInfo;
    await assert.rejects(start(null, { LLM_STREAM_PORT: String(port) }), { name: 'TraceError' });
    assert.deepEqual(await readdir(folder), []);
    other.close();
  });
});
