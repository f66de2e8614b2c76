import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../../../scripts/dependencies.mjs';
import { Capture } from '../../../src/capture/capture.js';
import { settingsFromEnvironment } from '../../../src/capture/environment.js';
import type { CaptureStatus } from '../../../src/protocol/captureStatus.js';
import { type Milliseconds, milliseconds } from '../../../src/model/units.js';

const files = {
  store: join(repository, 'dist', 'store.js'),
  foldWorker: join(repository, 'dist', 'fold.js'),
};

const lineOf = (log: string, type: string): Record<string, unknown> =>
  log
    .split('\n')
    .filter((line) => line.includes(`"${type}"`))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>)[0] ?? {};

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

  it('stores a share of the tokens, the figures and the redacted text of all of them', async () => {
    const running = await start(null, { LLM_STREAM_TOKEN_SAMPLE_RATE: '0.1' });
    const words = ['my key is ', 'sk-abcdefghij', 'klmnopqrstuv', 'wxyz0123456789', ', ok? '];
    const tokens = Array.from({ length: 101 }, (_, index) => ({
      ...{ token: words[index] ?? `t${index} `, offset_us: 1_000 * index },
    }));
    await send(
      running,
      { type: 'llm_call_start', run_id: 'r', llm_call_id: 'c', model: 'm' },
      { type: 'llm_tokens', llm_call_id: 'c', first_index: 0, tokens: tokens.slice(0, 3) },
      { type: 'llm_tokens', llm_call_id: 'c', first_index: 3, tokens: tokens.slice(3) },
      { type: 'llm_call_end', llm_call_id: 'c' },
    );
    const log = await readFile(join(folder, 'trace.llmtrace-log'), 'utf8');
    assert.ok(!log.includes('klmno') && !log.includes('wxyz'), 'no part of the secret');
    const { response, receivedTokens, statistics } = lineOf(log, 'call-ended');
    assert.match(String(response), /^my key is sk-\[redacted\]•*, ok\? t5 .* t100 $/);
    assert.deepEqual([receivedTokens, (statistics as { icl_p99_us: 0 }).icl_p99_us], [101, 1_000]);
    assert.equal(lineOf(log, 'call-started')['sampleRate'], 0.1);
    const stored = log.match(/"t\d+ "/g) ?? [];
    assert.ok(stored.length >= 9 && stored.length <= 12, `${stored.length} tokens`);
    await send(running, { type: 'no such event' });
    const session = await fetch(`${running.address.url}/v1/session`, {
      headers: { authorization: `Bearer ${running.address.token}` },
    });
    const { tokens: came, health } = (await session.json()) as Required<CaptureStatus>;
    assert.equal(came, 101);
    assert.equal(health.tokensStored + health.tokensSampledOut, 101);
    assert.equal(health.rejectedEvents, 1);
    assert.ok((health.writeLatencyMs?.max ?? 0) > 0 && health.logBytes > 0);
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
