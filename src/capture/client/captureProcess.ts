/** Starts a capture as a process of its own, which goes on when the one that started it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import type { CaptureAddress } from '../../protocol/captureStatus.js';
import { TraceError } from '../../protocol/errors.js';
import type { RunningCapture } from './runningCapture.js';

export interface CaptureStart {
  /** The bundled command line. */
  readonly cliPath: string;
  /** The trace to write. */
  readonly db: string;
  /** `LLM_STREAM_*`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Gets what the capture says of its work; begun anew. */
  readonly logPath: string;
}

/** It first recovers what captures that died have left. */
const startTimeoutMs = 60_000;
const longestLine = 10_000;
const keptLogText = 4_000;

/** @throws TraceError with the sentence of the capture, or of what kept it from running. */
export async function startCaptureProcess(start: CaptureStart): Promise<RunningCapture> {
  await mkdir(dirname(start.logPath), { recursive: true });
  // A file, because a pipe would break with the process that reads it.
  const log = await open(start.logPath, 'w', 0o600);
  try {
    const child = spawn(
      process.execPath,
      [start.cliPath, 'capture', '--until-detached', '--db', start.db],
      {
        // The extension host's own executable may be Electron.
        env: { ...process.env, ...start.settings, ELECTRON_RUN_AS_NODE: '1' },
        // One that stays: Node starts no threads in a folder that is gone, and Windows keeps folders in use.
        cwd: homedir(),
        detached: true,
        windowsHide: true,
        stdio: ['ignore', 'pipe', log.fd],
      },
    );
    return await whenListening(child, start.logPath);
  } finally {
    await log.close();
  }
}

async function whenListening(child: ChildProcess, logPath: string): Promise<RunningCapture> {
  try {
    const address = JSON.parse(await firstLine(child)) as CaptureAddress;
    if (child.pid === undefined) throw new Error('The process has no id.');
    return { ...address, pid: child.pid };
  } catch (thrown) {
    child.kill();
    throw startError(thrown, child, await readFile(logPath, 'utf8').catch(() => ''));
  } finally {
    // From here on nothing of it keeps us running, nor we it.
    child.stdout?.destroy();
    child.unref();
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(tooSlow()), startTimeoutMs);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      act();
    };
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      const end = text.indexOf('\n');
      if (end >= 0) settle(() => resolve(text.slice(0, end)));
      else if (text.length > longestLine) settle(() => reject(new Error(text)));
    });
    child.once('error', (error) => settle(() => reject(error)));
    child.once('close', (code, signal) =>
      settle(() => reject(new Error(`exit code ${code ?? '-'}, signal ${signal ?? '-'}`))),
    );
  });
}

function startError(thrown: unknown, child: ChildProcess, log: string): TraceError {
  if (thrown instanceof TraceError) return thrown;
  const detail = `${String(thrown)}\n${log.slice(-keptLogText)}`;
  // What the command line says when it fails is one sentence, behind what it may have logged; Node's own last
  // words are none.
  const said = log.trim().split('\n').at(-1) ?? '';
  return child.exitCode === 1 && said.endsWith('.')
    ? new TraceError('invalid', said, detail)
    : new TraceError(
        'internal',
        'The capture could not be started. The log ("LLM Stream: Show Log") has the details.',
        detail,
      );
}

const tooSlow = (): TraceError =>
  new TraceError(
    'timeout',
    `The capture did not start within ${startTimeoutMs / 1_000} s. Try again when the machine is less busy.`,
  );
