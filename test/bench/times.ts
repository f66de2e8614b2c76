/** How true the recorded times are: against the mock's own notes, with gaps from 2 ms to 2 s. */
import type { ScenarioRequest } from '../mock/scenario.js';
import { type Figure, percentile } from './figures.js';
import { type Streamed, StreamingRig } from './streamingRig.js';

const gaps = 70;
const shortestGapMs = 2;
const longestGapMs = 2_000;

export async function benchTimes(): Promise<Figure[]> {
  const rig = await StreamingRig.start();
  try {
    const oneByOne = await rig.stream(patterns(2, 1), false);
    const atOnce = await rig.stream(patterns(10, 100), true);
    const streamed = await rig.compare([...oneByOne, ...atOnce]);
    const isAlone = ({ result }: Streamed): boolean => oneByOne.includes(result);
    return [
      figure('one stream at a time', streamed.filter(isAlone)),
      figure(
        'ten streams at once',
        streamed.filter((one) => !isAlone(one)),
      ),
    ];
  } finally {
    await rig.dispose();
  }
}

/** The same gaps, evenly spaced on a logarithmic scale (20 s in all), in a different order for each stream. */
function patterns(count: number, firstSeed: number): ScenarioRequest[] {
  const ratio = longestGapMs / shortestGapMs;
  const spaced = Array.from({ length: gaps }, (_, index) =>
    Number((shortestGapMs * ratio ** (index / (gaps - 1))).toFixed(3)),
  );
  return Array.from({ length: count }, (_, number) => ({
    ...{ gapsMs: shuffled(spaced, firstSeed + number), tokens: gaps, isPrecise: true },
  }));
}

function shuffled(values: readonly number[], seed: number): number[] {
  const random = randomNumbers(seed);
  return values
    .map((value) => ({ value, place: random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ value }) => value);
}

/** The same from 0 to 1 for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function figure(what: string, streamed: readonly Streamed[]): Figure {
  const errors = streamed.flatMap(errorsOf);
  const absolute = errors.map(Math.abs);
  const shown = [50, 95, 99].map((at) => `p${at} ${percentile(absolute, at).toFixed(3)}`);
  const name = `Capture: error of token times, ${what}`;
  console.log(
    `${name} (${absolute.length} tokens): ${shown.join(', ')}, max ${Math.max(...absolute).toFixed(3)} ms`,
  );
  // The p99 is what the goal is for; generous for a machine that others use too.
  const samples = [percentile(absolute, 99)];
  return { name: `${name}, p99`, unit: 'ms', by: 'max', goal: 2, limit: 20, samples };
}

/** Milliseconds by which each recorded time, counted from the request, differs from the true one. */
function errorsOf({ call, truth }: Streamed): number[] {
  if (call.tokens.length !== truth.tokens.length) {
    throw new Error(`${call.tokens.length} of ${truth.tokens.length} tokens were recorded.`);
  }
  return truth.tokens.map(
    ({ writtenUs }, index) =>
      ((call.tokens[index]?.offsetUs ?? NaN) - (writtenUs - truth.cameUs)) / 1_000,
  );
}
