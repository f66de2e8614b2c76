/** Work of a command that takes a while: told as it goes to who asked for it, and ended when somebody wants it. */
import type { Readable, Writable } from 'node:stream';
import { Work } from '../maintenance/work.js';
import type { MaintenanceLine, MaintenanceResult } from '../protocol/maintenanceMessages.js';
import { ExitCode, type Terminal } from './terminal.js';
import { escapeControls, jsonLine } from './terminalText.js';

export interface Signals {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** What a command that takes a while has of its process. */
export interface WorkProcess extends Signals {
  /** Its end cancels, for who asked for progress: Windows has no SIGTERM. */
  readonly stdin: Readable;
}

const endingSignals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** At most ten lines a second. */
const leastMsBetweenLines = 100;

/** `words` are lines for people; with `--progress`, everything is said as JSON instead. */
export async function runWork<R extends MaintenanceResult>(
  { terminal, process }: { readonly terminal: Terminal; readonly process: WorkProcess },
  asJson: boolean,
  run: (work: Work) => Promise<R>,
  words: (result: R) => readonly string[],
): Promise<number> {
  // Who reads what is said may be gone: the work goes on.
  for (const output of [terminal.stdout, terminal.stderr]) output.on('error', () => undefined);
  const cancelling = new AbortController();
  const cancel = (): void => cancelling.abort();
  for (const signal of endingSignals) process.on(signal, cancel);
  if (asJson) process.stdin.on('end', cancel).on('error', cancel).resume();
  const work = new Work(cancelling.signal, asJson ? progressTo(terminal.stdout) : undefined);
  try {
    const result = await run(work);
    const lines = asJson
      ? [jsonLine(result)]
      : words(result).map((line) => `${escapeControls(line)}\n`);
    for (const line of lines) terminal.stdout.write(line);
    return ExitCode.done;
  } finally {
    for (const signal of endingSignals) process.off(signal, cancel);
    if (asJson) process.stdin.off('end', cancel).off('error', cancel).pause();
  }
}

function progressTo(stdout: Writable): (done: number, total: number, what: string) => void {
  let toldAtMs = -Infinity;
  return (done, total, what) => {
    const nowMs = performance.now();
    if (nowMs - toldAtMs < leastMsBetweenLines) return;
    toldAtMs = nowMs;
    const line: MaintenanceLine = { type: 'progress', done, total, what };
    stdout.write(jsonLine(line));
  };
}
