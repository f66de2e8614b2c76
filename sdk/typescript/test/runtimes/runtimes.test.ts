/** The package as it is published, in the runtimes that it promises, with the real capture. */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { run } from '../../../../scripts/children.js';
import { repository } from '../../../../scripts/dependencies.mjs';
import { CaptureProcess } from '../../../../test/clients/harness/captureProcess.js';
import { installed, runtimes } from './runtimes.js';

const sdk = join(repository, 'sdk', 'typescript');
const agent = join(sdk, 'test', 'runtimes', 'agent.mjs');

interface Timeline {
  readonly name: string;
  readonly status: string;
  readonly token_count: number;
}

for (const runtime of runtimes) {
  describe(runtime.name, function () {
    // The first time it is downloaded.
    this.timeout(300_000);
    let program = '';
    let capture: CaptureProcess;

    before(async () => {
      if (!existsSync(join(sdk, 'dist', 'index.js'))) {
        await run(process.execPath, [join(sdk, 'build.mjs')], { cwd: repository });
      }
      program = await installed(runtime);
    });
    beforeEach(async () => {
      capture = await CaptureProcess.start({ upstreams: {} });
    });
    afterEach(() => capture.dispose());

    function start(how: string): ChildProcessByStdio<null, Readable, Readable> {
      return spawn(program, [...runtime.words, agent, how], {
        env: {
          ...process.env,
          LLM_STREAM_ENDPOINT: capture.address.url,
          LLM_STREAM_TOKEN: capture.address.token,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    }

    async function recorded(): Promise<string[]> {
      const { url, token } = capture.address;
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${url}/v1/runs`, { headers });
      const { runs } = (await response.json()) as { runs: Timeline[] };
      return runs.map(({ name, status, token_count }) => `${name} ${status} ${token_count}`).sort();
    }

    it('records a run, and ends as usual', async () => {
      const child = start('normal');
      const errors = text(child.stderr);
      const [code] = (await once(child, 'exit')) as [number];
      assert.deepEqual([code, await errors], [0, '']);
      assert.deepEqual(await recorded(), ['agent completed 2000', 'agent.mjs completed 0']);
    });

    it('records what process.exit cuts off', async () => {
      const child = start('exit');
      const errors = text(child.stderr);
      const [code] = (await once(child, 'exit')) as [number];
      assert.deepEqual([code, await errors], [3, '']);
      assert.deepEqual(await recorded(), [
        ...['agent completed 2000', 'agent.mjs completed 0', 'open failed 0'],
      ]);
    });

    if (process.platform === 'win32') return;

    it('records what SIGTERM cuts off', async () => {
      const child = start('signal');
      await once(child.stdout, 'data');
      child.kill('SIGTERM');
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      assert.deepEqual([code, signal], [null, 'SIGTERM']);
      assert.deepEqual(await recorded(), [
        ...['agent completed 2000', 'agent.mjs completed 0', 'open failed 0'],
      ]);
    });

    it('ends in time without a capture', async () => {
      await capture.stop();
      const begin = performance.now();
      const child = start('normal');
      const errors = text(child.stderr);
      const [code] = (await once(child, 'exit')) as [number];
      assert.equal(code, 0);
      assert.match(await errors, /ended before everything was with the capture/);
      assert.ok(performance.now() - begin < 10_000);
    });
  });
}
