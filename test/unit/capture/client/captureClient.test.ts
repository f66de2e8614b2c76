import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startCaptureProcess } from '../../../../src/capture/client/captureProcess.js';
import { CaptureSession } from '../../../../src/capture/client/captureSession.js';
import { findCapture } from '../../../../src/capture/client/findCapture.js';
import { type RunningCapture, isRunning } from '../../../../src/capture/client/runningCapture.js';
import { SessionFile } from '../../../../src/capture/client/sessionFile.js';
import type { CaptureStatus } from '../../../../src/protocol/captureStatus.js';
import { fakeCapture } from './fakeCapture.js';

describe('the capture process as an editor sees it', () => {
  let folder: string;
  let file: SessionFile;
  const started: RunningCapture[] = [];
  before(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'llm-stream-client-'));
    await fs.writeFile(path.join(folder, 'fakeCapture.cjs'), fakeCapture);
  });
  after(() => fs.rm(folder, { recursive: true }));
  beforeEach(() => {
    file = new SessionFile(path.join(folder, 'of a workspace', 'capture.json'));
  });
  afterEach(async () => {
    for (const { pid } of started.splice(0)) {
      if (isRunning(pid)) process.kill(pid, 'SIGKILL');
      await gone(pid);
    }
    await fs.rm(path.join(folder, 'of a workspace'), { recursive: true, force: true });
  });

  async function start(mode = ''): Promise<RunningCapture> {
    const capture = await startCaptureProcess({
      cliPath: path.join(folder, 'fakeCapture.cjs'),
      db: path.join(folder, 'a trace.llmtrace'),
      settings: { FAKE_CAPTURE: mode, LLM_STREAM_PORT: '4321' },
      logPath: path.join(folder, 'logs', 'capture.log'),
    });
    started.push(capture);
    return capture;
  }

  it('says where it listens and what it writes, and gets its settings', async () => {
    const capture = await start();
    assert.match(capture.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(capture.db, path.join(folder, 'a trace.llmtrace'));
    const heard = new Hearing(capture);
    const status = await heard.status(() => true);
    assert.equal((status as CaptureStatus & { settings: string }).settings, '4321');
    heard.session.detach();
  });

  it('fails with the sentence of the process', async () => {
    await assert.rejects(start('fails'), {
      code: 'invalid',
      message: 'Port 80 is taken. Choose another one.',
    });
  });

  it('fails with a sentence and the details for the log when it crashes or says nonsense', async () => {
    await assert.rejects(start('crashes'), (error: Error & { detail: string }) => {
      assert.match(error.message, /could not be started.*\.$/);
      assert.match(error.detail, /a bug of the capture/);
      return true;
    });
    await assert.rejects(start('babbles'), { code: 'internal' });
  });

  it('is told to stop, and has ended only when its process is gone', async () => {
    const capture = await start();
    const heard = new Hearing(capture);
    await heard.status(({ state }) => state === 'listening');
    await heard.session.stop('now');
    await heard.ended;
    assert.equal(isRunning(capture.pid), false);
    assert.equal(heard.session.status?.state, 'finishing');
  });

  it('is held on to again after the connection broke', async () => {
    const capture = await start();
    const heard = new Hearing(capture);
    await heard.status(({ calls }) => calls === 1);
    await fetch(`${capture.url}/drop`, { headers: { authorization: `Bearer ${capture.token}` } });
    await heard.status(({ calls }) => calls === 2);
    heard.session.detach();
  });

  it('has ended for the window when it is killed', async () => {
    const capture = await start();
    const heard = new Hearing(capture);
    await heard.status(() => true);
    process.kill(capture.pid, 'SIGKILL');
    await heard.ended;
  });

  it('goes on when the window lets go of it, and is found again', async () => {
    const capture = await start();
    await file.write(capture);
    const heard = new Hearing(capture);
    await heard.status(() => true);
    heard.session.detach();
    assert.deepEqual(await findCapture(file), capture);
    assert.equal(heard.hasEnded, false);
  });

  it('is remembered so that only its user can read it', async function () {
    const capture = await start();
    await file.write(capture);
    const { mode } = await fs.stat(path.join(folder, 'of a workspace', 'capture.json'));
    if (process.platform !== 'win32') assert.equal(mode & 0o777, 0o600);
    assert.deepEqual(await file.read(), capture);
  });

  it('is forgotten when it is dead', async () => {
    const capture = await start();
    await file.write(capture);
    process.kill(capture.pid, 'SIGKILL');
    await gone(capture.pid);
    assert.equal(await findCapture(file), null);
    assert.equal(await file.read(), null);
  });

  it('is forgotten when something else listens on its port', async () => {
    const other = createServer((_, response) => response.end('{"pid":1,"problems":[]}'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    await file.write({ url, token: 'old', db: 'old.llmtrace', pid: process.pid });
    assert.equal(await findCapture(file), null);
    assert.equal(await file.read(), null);
    other.close();
  });

  it('is not forgotten by whoever lost the one before it', async () => {
    const capture = await start();
    await file.write(capture);
    await file.forget({ ...capture, token: 'of the one before' });
    assert.deepEqual(await file.read(), capture);
  });

  it('is taken from no file that is broken or names another machine', async () => {
    const name = path.join(folder, 'of a workspace', 'capture.json');
    await fs.mkdir(path.dirname(name));
    const whole = { token: 't', db: 'd', pid: process.pid };
    for (const content of ['{', 'null', '{}', JSON.stringify({ ...whole, url: 'http://a.b:1' })]) {
      await fs.writeFile(name, content);
      assert.equal(await findCapture(file), null, content);
    }
  });
});

class Hearing {
  readonly session: CaptureSession;
  readonly ended: Promise<void>;
  hasEnded = false;
  private readonly waiting: ((status: CaptureStatus) => void)[] = [];

  constructor(capture: RunningCapture) {
    let end: () => void = () => undefined;
    this.ended = new Promise((resolve) => (end = resolve));
    this.session = new CaptureSession(capture, {
      changed: (status) => this.waiting.forEach((hear) => hear(status)),
      ended: () => {
        this.hasEnded = true;
        end();
      },
    });
  }

  status(isWanted: (status: CaptureStatus) => boolean): Promise<CaptureStatus> {
    return new Promise((resolve) => {
      const hear = (status: CaptureStatus): void => {
        if (isWanted(status)) resolve(status);
      };
      this.waiting.push(hear);
      if (this.session.status) hear(this.session.status);
    });
  }
}

async function gone(pid: number): Promise<void> {
  while (isRunning(pid)) await setTimeout(5);
}
