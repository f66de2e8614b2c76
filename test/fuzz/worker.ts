/**
 * A process of `npm run fuzz`: `worker.ts INPUT_FILE JSON`, with a {@link WorkerOrder} as JSON. It tells its parent of
 * each target that it begins, and writes each input to the file before it is read: so its parent knows of what it
 * hung or died.
 */
import { ftruncateSync, openSync, writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { keepInput } from './corpus.js';
import { fuzz } from './fuzzer.js';
import { targets } from './targets/all.js';

export interface WorkerOrder {
  readonly names: readonly string[];
  readonly seed: number;
  /** Each. */
  readonly seconds: number;
  /** Whether to keep inputs that were the first of their kind. */
  readonly grow: boolean;
}

export type WorkerMessage = { readonly begun: string } | { readonly failed: string };

/** A corpus is read by people, and by every clone. */
const longestFound = 1_024;
const mostFound = 4;

const [inputFile = '', json = ''] = process.argv.slice(2);
const { names, seed, seconds, grow } = JSON.parse(json) as WorkerOrder;
const file = openSync(inputFile, 'w');
const tell = (message: WorkerMessage): void => void process.send?.(message);

const before = (input: Uint8Array): void => {
  writeSync(file, input, 0, input.length, 0);
  ftruncateSync(file, input.length);
};

// Nobody waits for it any more.
process.once('disconnect', () => process.exit(1));

for (const target of targets.filter(({ name }) => names.includes(name))) {
  const { name } = target;
  tell({ begun: name });
  const { inputs, traits, found, failure } = await fuzz(target, { seed, seconds, before });
  process.stdout.write(`${name}: ${inputs} inputs, ${traits} traits\n`);
  const short = grow ? found.filter(({ length }) => length <= longestFound) : [];
  for (const input of short.slice(-mostFound)) keepInput(name, 'found', input);
  if (failure === null) continue;
  tell({ failed: name });
  const path = keepInput(name, 'failed', failure.input);
  process.stdout.write(`${inspect(failure.error)}\nThe input is kept in ${path}\n`);
}
process.exit(0);
