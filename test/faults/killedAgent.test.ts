/** An agent dies in the middle of a stream that its SDK records: nobody would ever end its call. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { agentEnvironment } from '../../src/capture/agentEnvironment.js';
import { CaptureProcess } from '../clients/harness/captureProcess.js';
import { eventually } from '../clients/harness/eventually.js';
import { readCalls, recordedText } from '../clients/harness/recorded.js';
import { bundle } from '../unit/capture/log/bundles.js';

describe('an agent that is killed', function () {
  this.timeout(60_000);

  it('leaves a call that says so, with what came, as soon as nothing was heard of it for long', async () => {
    const bundles = await bundle({ agent: 'test/faults/silentAgent.ts' });
    const capture = await CaptureProcess.start({
      upstreams: {},
      environment: { LLM_STREAM_IDLE_TIMEOUT_SECONDS: '2' },
    });
    const agent = spawn(process.execPath, [join(bundles, 'agent.js')], {
      env: { ...process.env, ...agentEnvironment(capture.address) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const state = async (): Promise<string | undefined> =>
      (await readCalls(capture.db, 'agent'))[0]?.state;
    try {
      await once(agent.stdout, 'data');
      assert.equal(await state(), 'streaming');
      agent.kill('SIGKILL');
      await eventually(state, (now) => now !== 'streaming');
      const [call] = await readCalls(capture.db, 'agent');
      assert.ok(call);
      assert.deepEqual([call.state, call.errorCode], ['interrupted', 'INTERRUPTED']);
      assert.equal(
        call.errorMessage,
        'Nothing was heard of its agent for 2 s: it was killed, or hangs.',
      );
      assert.equal(recordedText(call, 'text'), 't0 t1 t2 ');
    } finally {
      agent.kill('SIGKILL');
      await capture.dispose();
      await rm(bundles, { recursive: true, force: true });
    }
  });
});
