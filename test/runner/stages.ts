/** `npm test`: the stages in their order, their times, and the sum of what passed and failed. */
import { buildAll } from '../../scripts/build.js';
import { lint, types } from './checks.js';
import { type Counts, runHostSuite, runNodeSuite } from './suites.js';

const log = (line: string): void => void process.stdout.write(`${line}\n`);

/** Stages that are no test suites only pass or throw. */
const withoutTests = async (work: () => Promise<void>): Promise<Counts> => {
  await work();
  return { passed: 0, failed: 0 };
};

type Stage = () => Promise<Counts>;

const stages: ReadonlyMap<string, Stage> = new Map<string, Stage>([
  ['lint', () => withoutTests(lint)],
  ['types', () => withoutTests(types)],
  ['unit', () => runNodeSuite('test/unit', 20_000)],
  // Real processes that are killed, and disks that fail.
  ['faults', () => runNodeSuite('test/faults', 120_000)],
  // Every parser with inputs that nobody wrote; `npm run fuzz` does it for minutes.
  ['fuzz', () => runNodeSuite('test/fuzz', 180_000)],
  // The vendors' own clients through the capture, in front of a mock upstream.
  ['clients', () => runNodeSuite('test/clients', 30_000)],
  // What an agent imports, against the real capture, and with the real LangChain.
  ['sdk', () => runNodeSuite('sdk/typescript/test', 60_000)],
  // The trace page in a plain browser, without VS Code.
  ['page', () => runNodeSuite('test/page', 60_000)],
  ['integration', () => runHostSuite(log)],
  ['e2e', () => runNodeSuite('test/e2e', 60_000)],
]);

/** Runs the named stages, or all; the exit code of the process. */
export async function runStages(names: readonly string[]): Promise<number> {
  const known = [...stages.keys()];
  const unknown = names.filter((name) => !stages.has(name));
  if (unknown.length > 0) {
    throw new Error(`There is no stage "${unknown[0] ?? ''}". There are: ${known.join(', ')}.`);
  }
  const chosen = names.length > 0 ? known.filter((name) => names.includes(name)) : known;

  let passed = 0;
  let failed = 0;
  const failedStages: string[] = [];
  const times: string[] = [];
  const stage = async (name: string, work: Stage): Promise<void> => {
    log(`\n── ${name} ──`);
    const start = performance.now();
    try {
      const counts = await work();
      passed += counts.passed;
      failed += counts.failed;
      if (counts.failed > 0) failedStages.push(name);
    } catch (error) {
      log(error instanceof Error ? error.message : String(error));
      // A stage that broke counts as one failure, so that the last line never says all is well.
      failed += 1;
      failedStages.push(name);
    }
    times.push(`${name} ${((performance.now() - start) / 1_000).toFixed(1)} s`);
  };

  await stage('build', () => withoutTests(buildAll));
  for (const [name, work] of stages) if (chosen.includes(name)) await stage(name, work);

  log(`\nTimes: ${times.join(', ')}`);
  if (failedStages.length > 0) log(`Failed stages: ${failedStages.join(', ')}`);
  log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}
