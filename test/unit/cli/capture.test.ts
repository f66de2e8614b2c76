import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../../../scripts/dependencies.mjs';
import type { CaptureAddress } from '../../../src/protocol/captureStatus.js';
import { run } from './traces.js';
import { itBesidesWindows } from '../../runner/itWhere.js';

const cli = join(repository, 'dist', 'cli.js');

interface StatsRecord {
  readonly runs: readonly {
    readonly name: string;
    readonly status: string;
    readonly calls: readonly { readonly status: string; readonly response: string | null }[];
  }[];
}

/** Streams one token, and the end only when it is let go on. */
class SlowUpstream {
  private readonly server: Server;
  private goOn: () => void = () => undefined;
  private readonly mayEnd = new Promise<void>((resolve) => (this.goOn = resolve));

  constructor() {
    this.server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n');
      void this.mayEnd.then(() => response.end('data: [DONE]\n\n'));
    });
  }

  async start(): Promise<string> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  letEnd(): void {
    this.goOn();
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe('command line: capture', function () {
  this.timeout(30_000);
  let folder: string;
  let db: string;
  let upstream: SlowUpstream;
  let children: ChildProcess[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-stream-cli-'));
    db = join(folder, 'trace.llmtrace');
    upstream = new SlowUpstream();
    children = [];
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    upstream.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function start(words: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const child = spawn(process.execPath, [cli, 'capture', ...words], {
      env: { ...process.env, ...env },
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    return child;
  }

  async function ended(child: ChildProcess): Promise<{ code: number | null; out: string }> {
    let out = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out };
  }

  async function address(child: ChildProcess): Promise<CaptureAddress> {
    const [line] = (await once(child.stdout?.setEncoding('utf8') ?? child, 'data')) as [string];
    return JSON.parse(line) as CaptureAddress;
  }

  async function stats(): Promise<StatsRecord['runs']> {
    const { out } = await run(['stats', db, '--json']);
    return (JSON.parse(out) as StatsRecord).runs;
  }

  async function request(url: string): Promise<Response> {
    return fetch(`${url}/openai/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', stream: true, messages: [] }),
    });
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    itBesidesWindows(
      `prints where it listens, and ends with 0 and the whole trace on ${signal}`,
      async () => {
        const child = start(['--db', db, '--upstream', `openai=${await upstream.start()}`]);
        const { url, token, db: written } = await address(child);
        assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
        assert.deepEqual([written, token.length], [db, 43]);
        const response = await request(url);
        const reader = response.body?.getReader();
        await reader?.read();
        const end = once(child, 'close');
        child.kill(signal);
        assert.deepEqual(await end, [0, null]);
        await assert.rejects(async () => {
          for (;;) if ((await reader?.read())?.done) return;
        }, 'The agent must not take a stream that was cut for a whole one.');
        assert.deepEqual(
          (await stats()).map(({ status, calls }) => [status, calls.map((call) => call.status)]),
          [['completed', ['interrupted']]],
        );
        assert.deepEqual([existsSync(`${db}-log`), existsSync(`${db}-lock`)], [false, false]);
      },
    );
  }

  it('runs a command with the environment set and ends with it, and with its exit code', async () => {
    upstream.letEnd();
    const agent = `fetch(process.env.OPENAI_BASE_URL + '/chat/completions', { method: 'POST', body: '{"model":"m","stream":true}' })
      .then((response) => response.text())
      .then((text) => { console.log(text.includes('Hello') ? 'heard' : text); process.exit(7); })`;
    const words = ['--db', db, '--upstream', `openai=${await upstream.start()}`];
    const { code, out } = await ended(start([...words, '--', process.execPath, '-e', agent]));
    assert.equal(code, 7);
    const [line, heard] = out.split('\n');
    assert.equal((JSON.parse(line ?? '') as CaptureAddress).db, db);
    assert.equal(heard, 'heard');
    const [captured] = await stats();
    assert.deepEqual(
      captured?.calls.map((call) => [call.status, call.response]),
      [['completed', 'Hello']],
    );
  });

  itBesidesWindows('keeps what it records for its user alone', async () => {
    await address(start(['--db', db]));
    const forOthers = [db, `${db}-log`].map((path) => statSync(path).mode & 0o077);
    assert.deepEqual(forOthers, [0, 0]);
  });

  it('says which command could not be run', async () => {
    const child = start(['--db', db, '--', 'no-such-agent']);
    let words = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (words += text));
    assert.deepEqual(await once(child, 'close'), [1, null]);
    assert.match(words, /"no-such-agent" could not be run/);
  });

  it('goes on when nobody reads what it says any more', async () => {
    const grace = { LLM_STREAM_DETACH_GRACE_SECONDS: '1' };
    const child = start(['--db', db, '--until-detached'], grace);
    await address(child);
    child.stdout?.destroy();
    child.stderr?.destroy();
    // It says first that it ends.
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.equal(existsSync(`${db}-lock`), false);
  });

  it('goes on with a trace that is there', async () => {
    upstream.letEnd();
    const base = await upstream.start();
    for (let time = 0; time < 2; time++) {
      const child = start(['--db', db, '--upstream', `openai=${base}`]);
      const { url } = await address(child);
      await (await request(url)).text();
      const end = once(child, 'close');
      child.kill('SIGINT');
      await end;
    }
    assert.deepEqual(
      (await stats()).map(({ calls }) => calls.length),
      [1, 1],
    );
  });

  it('shows a running capture to "stats", and one that was killed as interrupted', async () => {
    const child = start(['--db', db, '--upstream', `openai=${await upstream.start()}`]);
    const { url } = await address(child);
    const response = await request(url);
    await response.body?.getReader().read();
    const state = async () => (await stats())[0]?.calls[0]?.status;
    // The agent hears a token before it is recorded.
    while ((await state()) === undefined) await new Promise(setImmediate);
    assert.equal(await state(), 'streaming');
    const end = once(child, 'close');
    child.kill('SIGKILL');
    await end;
    assert.equal(await state(), 'interrupted');
  });

  it('writes into the folder of LLM_STREAM_FOLDER when no file is named', async () => {
    const child = start([], { LLM_STREAM_FOLDER: 'traces' });
    const { db: written } = await address(child);
    assert.ok(written.startsWith(join(folder, 'traces', 'capture-')), written);
  });

  it('names what is wrong', async () => {
    const base = await upstream.start();
    const port = new URL(base).port;
    const cases: readonly [words: string[], code: number, sentence: RegExp][] = [
      [['capture', '--port', '70000'], 2, /--port takes a number/],
      [['capture', '--upstream', 'openai'], 2, /--upstream is not valid: the base URL of "openai"/],
      [['capture', '--upstream', 'v1=http://host'], 2, /cannot be the name of an upstream/],
      [['capture', 'agent.py'], 2, /stands behind "--"/],
      [['capture', '--'], 2, /What shall be run/],
      [['capture', '--', ''], 2, /What shall be run/],
      [['capture', '--db', db, '--port', port], 1, new RegExp(`Port ${port} .*another program`)],
      [['capture', '--db', cli], 1, /cli\.js/],
    ];
    for (const [words, code, sentence] of cases) {
      const result = await run(words);
      assert.deepEqual([words, result.code, result.out], [words, code, '']);
      assert.match(result.err, sentence);
    }
  });

  it('names a wrong variable of the environment', async () => {
    const result = await run(['capture', '--db', db], { LLM_STREAM_PORT: 'x' });
    assert.equal(result.code, 1);
    assert.match(result.err, /^LLM_STREAM_PORT is not valid/);
  });
});
