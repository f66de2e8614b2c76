/** What VS Code calls inside its extension host to run the integration tests. */
import { findTests } from './findTests.js';
import { runMocha } from './mochaRun.js';

/** The bundle of this file lies beside those of the tests (bundleHostTests.ts). */
export async function run(): Promise<void> {
  const resultsFile = process.env['LLM_STREAM_TEST_RESULTS'];
  if (resultsFile === undefined) throw new Error('LLM_STREAM_TEST_RESULTS is not set.');
  await runMocha({
    files: await findTests(__dirname, '.test.cjs'),
    timeoutMs: 20_000,
    resultsFile,
  });
}
