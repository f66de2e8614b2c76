/** Runs the mocha suite of a folder of tests in this process: `mochaMain.ts FOLDER TIMEOUT_MS RESULTS_FILE`. */
import { findTests } from './findTests.js';
import { runMocha } from './mochaRun.js';

const [folder = '', timeoutMs = '', resultsFile = ''] = process.argv.slice(2);
await runMocha({
  files: await findTests(folder, '.test.ts'),
  timeoutMs: Number(timeoutMs),
  resultsFile,
});
// What a test left open must not keep the suite from ending; the next stage would see its port.
process.exit(0);
