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
    await warmUp(rig);
    const oneByOne = await rig.stream(patterns(2, 1), false);
    const atOnce = await rig.stream(patterns(10, 100), true);
    const direct = await rig.streamDirectly(patterns(10, 200));
    const streamed = await rig.compare([...oneByOne, ...atOnce]);
    const isAlone = ({ result }: Streamed): boolean => oneByOne.includes(result);
    const isAmongTen = (one: Streamed): boolean => !isAlone(one);
    return [
      figure('one stream at a time', streamed.filter(isAlone).flatMap(errorsOf), limits),
      figure('ten streams at once', streamed.filter(isAmongTen).flatMap(errorsOf), limits),
      figure('ten streams past the capture, as a client sees them', direct.flatMap(ownErrorsOf)),
    ];
  } finally {
    await rig.dispose();
  }
}

/**
 * A stream's times all count from its one request: if that is the first that mock or capture ever see, what is measured
 * is how slowly they begin.
 */
async function warmUp(rig: StreamingRig): Promise<void> {
  const short = { gapsMs: [5], tokens: 10, isPrecise: true };
  await rig.stream(
    Array.from({ length: 40 }, () => short),
    false,
  );
  await rig.stream(
    Array.from({ length: 12 }, () => short),
    true,
  );
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

/** Generous for a machine that others use too. */
const limits = { goal: 2, limit: 20 };

function figure(
  what: string,
  errors: readonly number[],
  goals: Partial<typeof limits> = {},
): Figure {
  const absolute = errors.map(Math.abs);
  const shown = [50, 95, 99, 100].map((at) => `p${at} ${percentile(absolute, at).toFixed(3)}`);
  const name = `Capture: error of token times, ${what}`;
  console.log(`${name} (${absolute.length} tokens): ${shown.join(', ')} ms`);
  const samples = [percentile(absolute, 99)];
  return { name: `${name}, p99`, unit: 'ms', by: 'max', samples, ...goals };
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

/** The same of a client's own reads. The first event says who speaks and holds no token. */
const ownErrorsOf = ({ result, truth }: Omit<Streamed, 'call'>): number[] =>
  truth.tokens.map(
    ({ writtenUs }, index) =>
      ((result.eventsUs[index + 1] ?? NaN) - (writtenUs - truth.cameUs)) / 1_000,
  );
