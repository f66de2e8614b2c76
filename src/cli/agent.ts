/** Runs the agent that is to be captured, in this terminal. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { TraceError } from '../protocol/errors.js';

export interface RunningAgent {
  /** As a shell has it: 128 and the signal's number when a signal ended it. */
  readonly exitCode: Promise<number>;
  signal(signal: NodeJS.Signals): void;
}

export function runAgent(
  program: string,
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv,
): RunningAgent {
  const child = spawn(program, parameters, { env: environment, stdio: 'inherit' });
  const exitCode = new Promise<number>((resolve, reject) => {
    child.once('error', (error) =>
      reject(
        new TraceError('invalid', `"${program}" could not be run: ${error.message}.`, error.stack),
      ),
    );
    child.once('exit', (code, signal) =>
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)),
    );
  });
  return {
    exitCode,
    signal: (signal) => {
      // The terminal itself sends Ctrl+C to the agent too.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    },
  };
}
