/** Feeds a target with inputs, made of its corpus, for some time. */
import { checkInput } from './checkInput.js';
import { keptInputs } from './corpus.js';
import { minimise } from './minimise.js';
import { mutate } from './mutate.js';
import { Random } from './random.js';
import type { FuzzTarget } from './target.js';

export interface FuzzResult {
  readonly inputs: number;
  /** How many different things inputs were characteristic of. */
  readonly traits: number;
  /** Inputs that were the first with something, in the order in which they were found. */
  readonly found: readonly Uint8Array[];
  /** Null when every promise was kept. */
  readonly failure: FuzzFailure | null;
}

export interface FuzzFailure {
  /** As short as it could be made. */
  readonly input: Uint8Array;
  readonly error: unknown;
}

export interface FuzzOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Told of each input before it is read: it may end the process. */
  readonly before?: (input: Uint8Array) => void;
}

const usualLongestInput = 16 * 1024;
const largestCorpus = 2_000;
const repairedShare = 0.8;

export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, seconds, before } = options;
  const random = Random.of(target.name, seed);
  const corpus: Uint8Array[] = [];
  const traits = new Set<string>();
  const found: Uint8Array[] = [];
  const endMs = performance.now() + seconds * 1_000;
  let inputs = 0;

  const tryInput = async (input: Uint8Array, isSeed: boolean): Promise<FuzzFailure | null> => {
    before?.(input);
    inputs++;
    try {
      const size = traits.size;
      for (const trait of await checkInput(target, input)) traits.add(trait);
      if (isSeed) corpus.push(input);
      else if (traits.size > size) {
        found.push(input);
        if (corpus.length < largestCorpus) corpus.push(input);
      }
      return null;
    } catch (error) {
      return { input: await shortened(target, input, error), error };
    }
  };
  const result = (failure: FuzzFailure | null): FuzzResult => ({
    ...{ inputs, traits: traits.size, found, failure },
  });

  const seeds = [...(await target.seeds()), ...keptInputs(target.name).map(({ input }) => input)];
  for (const input of seeds) {
    const failure = await tryInput(input, true);
    if (failure) return result(failure);
  }
  while (performance.now() < endMs) {
    // What was found last is the least known.
    const recent = random.chance(0.3) ? corpus.slice(-8) : corpus;
    const mutated = mutate(random.from(recent), { random, corpus, words: target.words });
    const cut = mutated.subarray(0, target.longestInput ?? usualLongestInput);
    const input = target.repair && random.chance(repairedShare) ? target.repair(cut) : cut;
    const failure = await tryInput(input, false);
    if (failure) return result(failure);
  }
  return result(null);
}

function shortened(target: FuzzTarget, input: Uint8Array, error: unknown): Promise<Uint8Array> {
  const way = wayOf(error);
  return minimise(input, async (shorter) => {
    try {
      await checkInput(target, shorter);
      return false;
    } catch (other) {
      return wayOf(other) === way;
    }
  });
}

/** The class of the error and where it was thrown: its message names the input. */
function wayOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = /\n\s+at .*/.exec((error.stack ?? '').slice(error.message.length))?.[0] ?? '';
  return `${error.name}${place}`;
}
