/**
 * `npm run fuzz [-- --seconds N] [--seed N] [--grow] [NAME …]`: every parser, or those that are named, for N seconds in
 * sum. What fails is kept in the corpus, and is a unit test from then on. `--grow` also keeps inputs that were the first
 * of their kind.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { keepInput } from './corpus.js';
import { targets } from './targets/all.js';
import type { WorkerMessage, WorkerOrder } from './worker.js';

const { values, positionals } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    seed: { type: 'string' },
    grow: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

/** An input that takes longer hangs. */
const hangsAfterMs = 60_000;
/** The runtime itself needs 100. */
const mostHeapMegabytes = 768;

const names = targets.map(({ name }) => name);
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no "${unknown.join(', ')}". There are: ${names.join(', ')}.\n`);
  process.exit(2);
}
const chosen = names.filter((name) => positionals.length === 0 || positionals.includes(name));
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const seconds = Number(values.seconds) / chosen.length;

process.stdout.write(
  `${chosen.length} targets, ${seconds.toFixed(1)} s each. To repeat it: --seed ${seed}\n`,
);
const folder = mkdtempSync(join(tmpdir(), 'llm-stream-fuzz-'));
const failed: string[] = [];
let rest = chosen;
while (rest.length > 0) {
  const diedOf = await run({ names: rest, seed, seconds, grow: values.grow });
  if (diedOf !== null) failed.push(diedOf);
  rest = diedOf === null ? [] : rest.slice(rest.indexOf(diedOf) + 1);
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(failed.length > 0 ? `Failed: ${failed.join(', ')}\n` : 'No failure.\n');
process.exitCode = failed.length > 0 ? 1 : 0;

/** In a process of its own, which may hang, and may die: the target of which it did, null when it came to its end. */
async function run(order: WorkerOrder): Promise<string | null> {
  const inputFile = join(folder, 'input');
  const words = [
    ...[`--max-old-space-size=${mostHeapMegabytes}`, '--import', 'tsx'],
    ...[join(import.meta.dirname, 'worker.ts'), inputFile, JSON.stringify(order)],
  ];
  const worker = spawn(process.execPath, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let current = order.names[0] ?? '';
  worker.on('message', (message) => {
    const told = message as WorkerMessage;
    if ('begun' in told) current = told.begun;
    else failed.push(told.failed);
  });
  let hangs = false;
  const watching = setInterval(() => {
    const lastInputMs = statSync(inputFile, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    hangs = Date.now() - lastInputMs > hangsAfterMs;
    if (hangs) worker.kill('SIGKILL');
  }, 1_000);
  const [code] = (await once(worker, 'exit')) as [number | null];
  clearInterval(watching);
  if (code === 0) return null;
  const path = keepInput(current, 'failed', readFileSync(inputFile));
  const what = hangs ? 'hung' : `ended with code ${code}`;
  process.stdout.write(`${current} ${what}. The input is kept in ${path}\n`);
  return current;
}
