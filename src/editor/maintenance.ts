/** Changes trace files by the command line, in a process of its own: no trace is opened in the extension host. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { TraceError } from '../protocol/errors.js';
import type { MaintenanceProgress } from '../protocol/maintenanceMessages.js';
import { BoundedLines } from './boundedLines.js';
import type { Disposable } from './disposable.js';
import { type ReadResult, isResult, progressOf } from './maintenanceAnswers.js';

export interface MaintenanceJob<T> {
  /** Of the command line, without `--progress`. */
  readonly words: readonly string[];
  /** `LLM_STREAM_*`; a key goes this way, because other users see a process's words. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly read: ReadResult<T>;
}

export interface MaintenanceWatch {
  readonly signal: AbortSignal;
  readonly progressed: (progress: MaintenanceProgress) => void;
}

/** Tens of thousands of files. */
const longestLine = 4_000_000;
const keptErrorText = 4_000;
/** What is being written when it is cancelled is ended well; a process that hangs is not waited for. */
const longestCancelMs = 30_000;

export class Maintenance implements Disposable {
  private readonly disposing = new AbortController();

  /** `cliPath` is the bundled command line. */
  constructor(
    private readonly cliPath: string,
    private readonly cancelMs = longestCancelMs,
  ) {}

  /**
   * Settles when the process has ended. One that was cancelled has a result too, with what it had done.
   * @throws TraceError with the sentence of the command line, or of what kept it from its work.
   */
  async run<T>(
    { words, environment, read }: MaintenanceJob<T>,
    watch: MaintenanceWatch,
  ): Promise<T> {
    const signal = AbortSignal.any([watch.signal, this.disposing.signal]);
    if (signal.aborted) throw cancelled();
    const child = spawn(process.execPath, [this.cliPath, ...words, '--progress'], {
      // The extension host's own executable may be Electron.
      env: { ...process.env, ...environment, ELECTRON_RUN_AS_NODE: '1' },
      // One that stays: Node starts no threads in a folder that is gone, and Windows keeps folders in use.
      cwd: homedir(),
      windowsHide: true,
      stdio: 'pipe',
    });
    const stopWatching = cancelWith(child, signal, this.cancelMs);
    try {
      const ending = await endingOf(child, watch.progressed);
      return resultOf(ending, read, signal.aborted);
    } finally {
      stopWatching();
    }
  }

  /** Cancels what is running. */
  dispose(): void {
    this.disposing.abort();
  }
}

interface Ending {
  /** How it ended, for the log. */
  readonly how: string;
  readonly code: number | null;
  readonly result: unknown;
  readonly errorText: string;
}

/** The end of its input tells the process to cancel, on Windows as elsewhere; so does the end of ours. */
function cancelWith(
  child: ChildProcessWithoutNullStreams,
  signal: AbortSignal,
  cancelMs: number,
): () => void {
  let timer: NodeJS.Timeout | null = null;
  const cancel = (): void => {
    child.stdin.end();
    timer = setTimeout(() => child.kill('SIGKILL'), cancelMs);
  };
  signal.addEventListener('abort', cancel, { once: true });
  return () => {
    signal.removeEventListener('abort', cancel);
    if (timer) clearTimeout(timer);
  };
}

function endingOf(
  child: ChildProcessWithoutNullStreams,
  progressed: (progress: MaintenanceProgress) => void,
): Promise<Ending> {
  return new Promise((resolve) => {
    let result: unknown = null;
    let errorText = '';
    const lines = new BoundedLines(longestLine, (line) => {
      const value = jsonOf(line);
      const progress = progressOf(value);
      if (progress) progressed(progress);
      else if (isResult(value)) result = value;
    });
    child.stdin.on('error', () => undefined);
    child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errorText = (errorText + text).slice(-keptErrorText);
    });
    child.once('error', (error) =>
      resolve({ how: String(error), code: null, result: null, errorText }),
    );
    child.once('close', (code, signal) => {
      lines.end();
      resolve({
        how: `exit code ${code ?? '-'}, signal ${signal ?? '-'}`,
        code,
        result,
        errorText,
      });
    });
  });
}

function resultOf<T>(
  { how, code, result, errorText }: Ending,
  read: ReadResult<T>,
  wasCancelled: boolean,
): T {
  const detail = `${how}\n${errorText}`;
  if (code === 0 && result !== null) {
    try {
      return read(result);
    } catch (thrown) {
      throw failed(`${String(thrown)}\n${detail}`);
    }
  }
  // What the command line says when it fails is one sentence, behind what Node may have warned of.
  const said = errorText.trim().split('\n').at(-1) ?? '';
  if (code === 1 && said.endsWith('.')) throw new TraceError('invalid', said, detail);
  throw wasCancelled ? cancelled(detail) : failed(detail);
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

const cancelled = (detail: string | null = null): TraceError =>
  new TraceError('cancelled', 'Cancelled. No trace was left half changed.', detail);

const failed = (detail: string): TraceError =>
  new TraceError(
    'internal',
    'The work on the trace ended without a result; no trace was left half changed. The log ("LLM Stream: Show Log") has the details.',
    detail,
  );
