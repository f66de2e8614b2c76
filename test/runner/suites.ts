/** The mocha suites: where each runs, and how its results come back. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { exitCode } from '../../scripts/children.js';
import { repository } from '../../scripts/dependencies.mjs';
import { bundleHostTests } from './bundleHostTests.js';
import { chooseLauncher } from './launcher.js';
import type { TestResult } from './mochaRun.js';
import { makeWorkspace } from './workspace.js';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const hostTestsTimeoutMs = 180_000;

/** The tests of a folder, in a process of their own; they report on our output. */
export function runNodeSuite(folder: string, timeoutMs: number): Promise<Counts> {
  return withResults(async (resultsFile) => {
    const code = await exitCode(
      process.execPath,
      [
        ...['--import', 'tsx', 'test/runner/mochaMain.ts'],
        ...[folder, String(timeoutMs), resultsFile],
      ],
      { cwd: repository },
    );
    if (code !== 0) throw new Error(`The suite in ${folder} ended with exit code ${code}.`);
  });
}

/** The integration tests inside the extension host of a real VS Code. */
export async function runHostSuite(log: (line: string) => void): Promise<Counts> {
  const launcher = await chooseLauncher(log);
  log(`Launcher: ${launcher.name}`);
  const workspace = await makeWorkspace();
  try {
    const tests = await bundleHostTests();
    return await withResults(
      (resultsFile) =>
        launcher.runInHost({
          folder: workspace.folder,
          tests,
          environment: { LLM_STREAM_TEST_RESULTS: resultsFile },
          timeoutMs: hostTestsTimeoutMs,
        }),
      (results) => print(results, log),
    );
  } finally {
    await launcher.dispose();
    await workspace.remove();
  }
}

async function withResults(
  run: (resultsFile: string) => Promise<void>,
  report: (results: readonly TestResult[]) => void = () => undefined,
): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'llm-stream-results-'));
  const resultsFile = join(folder, 'results.json');
  try {
    await run(resultsFile);
    const text = await readFile(resultsFile, 'utf8').catch(() => {
      throw new Error('The tests ended without results: their process crashed or was never run.');
    });
    const results = JSON.parse(text) as TestResult[];
    if (results.length === 0) throw new Error('Not a single test ran.');
    report(results);
    const failed = results.filter((result) => result.failure !== null).length;
    return { passed: results.length - failed, failed };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The extension host's own output goes to VS Code's log, so the results are printed here. */
function print(results: readonly TestResult[], log: (line: string) => void): void {
  for (const { title, durationMs, failure } of results) {
    log(`  ${failure === null ? '✔' : '✖'} ${title} (${durationMs} ms)`);
    if (failure !== null) log(indent(failure.replaceAll(repository, relative('.', repository))));
  }
}

const indent = (text: string): string => text.replaceAll(/^/gm, '      ');
