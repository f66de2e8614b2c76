/**
 * `npm run bench:peers`: installs other systems that do a part of what this product does, compares in one run, and
 * writes the tables into docs/performance.md. `-- proxies|storage|reading|viewing` does only that part, and prints it.
 */
import { buildAll } from '../../../scripts/build.js';
import { machine, writeSection } from '../performancePage.js';
import { type Peers, installPeers } from './install.js';
import { compareProxies } from './proxies.js';
import { compareReading } from './reading.js';
import { compareSpeedscope } from './speedscope.js';
import { compareStorage } from './storage.js';

const parts: ReadonlyMap<string, (peers: Peers) => Promise<string>> = new Map([
  ['viewing', compareSpeedscope],
  ['proxies', (peers: Peers) => compareProxies(peers)],
  ['storage', () => compareStorage()],
  ['reading', compareReading],
]);

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !parts.has(name));
if (unknown !== undefined) {
  console.error(`There is no part "${unknown}". There are: ${[...parts.keys()].join(', ')}.`);
  process.exit(2);
}
await buildAll();
const peers = await installPeers();
const tables: string[] = [];
for (const [name, compare] of parts) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const measured = await compare(peers);
  console.log(`\n${measured}`);
  tables.push(measured);
}
if (wanted.length === 0) {
  const command = 'npm run bench:peers';
  const heading =
    `## Beside other systems\n\nMeasured by \`${command}\` on ${machine()}. What is compared ran in turns, in one run: ` +
    'look at the ratios.\n';
  await writeSection({ name: 'peers', command, text: [heading, ...tables].join('\n') });
}
