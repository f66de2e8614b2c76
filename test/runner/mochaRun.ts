/** Runs mocha on given files and writes what came out to a file; in a child process or inside VS Code. */
import { rename, writeFile } from 'node:fs/promises';
import Mocha from 'mocha';

export interface TestResult {
  readonly title: string;
  readonly durationMs: number;
  /** The error with its stack; null when it passed. */
  readonly failure: string | null;
}

export interface MochaOptions {
  readonly files: readonly string[];
  readonly timeoutMs: number;
  readonly resultsFile: string;
}

/** Settles when all tests ran and the results file is complete. */
export async function runMocha(options: MochaOptions): Promise<void> {
  const mocha = new Mocha({
    timeout: options.timeoutMs,
    // A test that does not run proves nothing: neither "only" nor "skip" gets through.
    forbidOnly: true,
    forbidPending: true,
  });
  for (const file of options.files) mocha.addFile(file);
  const results: TestResult[] = [];
  const keep = (test: Mocha.Runnable, error: unknown): void => {
    results.push({
      title: test.fullTitle(),
      durationMs: test.duration ?? 0,
      failure: error === undefined ? null : describe(error),
    });
  };
  await mocha.loadFilesAsync();
  await new Promise<void>((resolve) => {
    mocha
      .run(() => resolve())
      .on('pass', (test) => keep(test, undefined))
      .on('fail', (test, error: unknown) => keep(test, error ?? 'failed without an error'));
  });
  // Readers must never see half a file.
  await writeFile(`${options.resultsFile}.part`, JSON.stringify(results));
  await rename(`${options.resultsFile}.part`, options.resultsFile);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? '';
  return stack.includes(error.message) ? stack : `${error.message}\n${stack}`;
}
