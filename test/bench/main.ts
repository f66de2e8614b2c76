/**
 * `npm run bench`: prints how fast everything is, beside the goals of the project, and fails above limits
 * that are generous enough for a busy machine. `-- --fast` leaves out what needs VS Code.
 */
import { buildAll } from '../../scripts/build.js';
import { benchAggregation } from './aggregation.js';
import { type Figure, overLimit, printFigures } from './figures.js';
import { benchHost } from './host.js';
import { benchLoad } from './load.js';
import { benchLog } from './log.js';
import { benchPage } from './page.js';
import { benchProxy } from './proxy.js';
import { benchRecorder } from './recorder.js';
import { benchSdk } from './sdk.js';
import { benchStore } from './store.js';
import { benchTimes } from './times.js';

const isFast = process.argv.includes('--fast');
await buildAll();
const figures: Figure[] = [
  ...(await benchStore()),
  ...(await benchAggregation()),
  ...(await benchLog()),
  ...(await benchRecorder()),
  ...(await benchSdk()),
];
if (!isFast) figures.push(...(await benchHost(3)), ...(await benchPage()));
if (!isFast) figures.push(...(await benchProxy()), ...(await benchTimes()), ...(await benchLoad()));
printFigures(figures);
const slow = overLimit(figures);
for (const sentence of slow) console.error(sentence);
process.exitCode = slow.length > 0 ? 1 : 0;
