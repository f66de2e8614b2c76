/**
 * The extension host's side of a capture and of its trace, as a process that can be killed:
 * `host.js CLI STORE TRACE UPSTREAM`. Says a line of JSON when both are there.
 */
import { dirname, join } from 'node:path';
import { startCaptureProcess } from '../../src/capture/client/captureProcess.js';
import { CaptureSession } from '../../src/capture/client/captureSession.js';
import type { RunningCapture } from '../../src/capture/client/runningCapture.js';
import { defaultStallRule } from '../../src/model/stalls.js';
import { StoreClient } from '../../src/store/process/client.js';

export interface HostNews {
  readonly capture: RunningCapture;
  readonly storeProcess: number;
}

async function run([cliPath = '', store = '', db = '', upstream = '']: readonly string[]) {
  const capture = await startCaptureProcess({
    ...{ cliPath, db, logPath: join(dirname(db), 'capture.log') },
    settings: {
      LLM_STREAM_UPSTREAMS: JSON.stringify({ openai: upstream }),
      LLM_STREAM_DETACH_GRACE_SECONDS: '1',
    },
  });
  new CaptureSession(capture, { changed: () => undefined, ended: () => undefined });
  const client = new StoreClient({
    modulePath: store,
    handlers: {
      progress: () => undefined,
      changed: () => undefined,
      sourceLost: () => undefined,
    },
    onEnd: (error) => {
      throw error;
    },
  });
  await client.request('open', {
    ...{ document: 1, source: { kind: 'path', path: db }, stallRule: defaultStallRule },
    ...{ confirmAboveBytes: Infinity, keys: [] },
  });
  const news: HostNews = { capture, storeProcess: client.processId ?? 0 };
  process.stdout.write(`${JSON.stringify(news)}\n`);
}

void run(process.argv.slice(2));
