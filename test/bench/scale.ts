/**
 * `npm run bench:scale`: how traces of ten thousand to five million tokens open, move and are searched in a real VS
 * Code. Writes the figures into docs/performance.md; `-- --dry-run` only prints them.
 */
import { buildAll } from '../../scripts/build.js';
import { disposeLauncher } from '../e2e/harness/workbench.js';
import { writeSection } from './performancePage.js';
import { command, scaleReport } from './scale/report.js';
import { scaleTraces } from './scale/traces.js';
import { type Viewing, measureViewing } from './scale/viewing.js';

await buildAll();
const viewings: Viewing[] = [];
try {
  for (const trace of scaleTraces) {
    const viewing = await measureViewing(trace);
    viewings.push(viewing);
    // What was measured is not lost to a later trace that fails.
    console.log(scaleReport([viewing]));
  }
} finally {
  await disposeLauncher();
}
if (!process.argv.includes('--dry-run')) {
  await writeSection({ name: 'viewing', command, text: scaleReport(viewings) });
}
