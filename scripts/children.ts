/** Child processes of the scripts: run one to its end, or keep one and end it together with us. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** Runs a command to its end, its output on ours; rejects with a sentence when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<void> {
  const code = await exitCode(command, args, options);
  if (code !== 0) {
    throw new Error(`"${[command, ...args].join(' ')}" failed with exit code ${code}.`);
  }
}

/** Runs a command to its end; 1 also when a signal ended it. */
export function exitCode(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Asks a process to end, kills it when it does not within 5 s; settles when it is gone. */
export function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill();
  });
}
