/** The extension host dies without a word: what it has started ends by itself, and nothing is lost. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { repository } from '../../scripts/dependencies.mjs';
import { isRunning } from '../../src/capture/client/runningCapture.js';
import { readCalls } from '../clients/harness/recorded.js';
import { bundle } from '../unit/capture/log/bundles.js';
import { until } from '../unit/capture/log/sampleEvents.js';
import type { HostNews } from './hostProcess.js';
import { askFor, chunk, finish, startUpstream, tokenTexts, write } from './scriptedUpstream.js';

describe('an extension host that is killed', function () {
  this.timeout(60_000);

  it('cuts no stream of an agent: the capture ends behind it, and the store process at once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'llm-stream-host-'));
    const bundles = await bundle({
      ...{ host: 'test/faults/hostProcess.ts', store: 'src/storeProcess.ts' },
    });
    let isKilled = false;
    const upstream = await startUpstream({
      steady: async (response) => {
        // Some before, and many more after its death.
        for (const text of tokenTexts(10)) await write(response, chunk(text));
        await until(() => isKilled);
        for (const text of tokenTexts(60).slice(10)) {
          await write(response, chunk(text));
          await pause(30);
        }
        response.end(finish);
      },
    });
    const db = join(folder, 'captures', 'agent.llmtrace');
    const host = spawn(
      process.execPath,
      [
        ...[join(bundles, 'host.js'), join(repository, 'dist', 'cli.js')],
        ...[join(bundles, 'store.js'), db, upstream.url],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      const [line] = (await once(createInterface({ input: host.stdout }), 'line')) as [string];
      const { capture, storeProcess } = JSON.parse(line) as HostNews;
      assert.ok(isRunning(capture.pid) && isRunning(storeProcess));
      const response = await askFor(`${capture.url}/run/agent/openai`, 'steady');
      const exit = once(host, 'exit');
      host.kill('SIGKILL');
      await exit;
      isKilled = true;
      const text = await response.text();
      assert.ok(text.endsWith(finish));
      await until(() => !isRunning(storeProcess) && !isRunning(capture.pid));
      const [call] = await readCalls(db, 'agent');
      assert.equal(call?.state, 'completed');
      assert.deepEqual(
        call.tokens.map(({ text }) => text),
        tokenTexts(60),
      );
      assert.deepEqual(
        (await readdir(join(folder, 'captures'))).filter((name) => name !== 'capture.log'),
        ['agent.llmtrace'],
      );
    } finally {
      host.kill('SIGKILL');
      await upstream.close();
      await rm(folder, { recursive: true, force: true });
      await rm(bundles, { recursive: true, force: true });
    }
  });
});
