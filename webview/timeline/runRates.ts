/** Token rates for the bars in view: asked for at the resolution of the screen, kept until better ones come. */
import type { Call, RateGrid, RunDetail, StepKey } from '../../src/model/trace.js';
import { microseconds } from '../../src/model/units.js';
import type { PageActions } from '../state/actions.js';
import type { Span } from '../state/pageModel.js';

/** A grid and what it is about. */
export interface LoadedRates {
  readonly runKey: RunDetail['run']['key'];
  readonly generation: number;
  readonly fromUs: number;
  readonly toUs: number;
  readonly bins: number;
  readonly rowOf: ReadonlyMap<StepKey, number>;
  readonly tokensPerSecond: Float32Array;
}

export interface WantedRates {
  readonly run: RunDetail;
  readonly calls: readonly StepKey[];
  readonly view: Span;
  /** Width of the view in CSS pixels. */
  readonly pixels: number;
}

/** So that panning by one screen needs no new rates. */
const screensAtEitherSide = 1;
const mostBins = 8_192;
/** Coarser than this many pixels a bin, new rates are asked for. */
const coarsestBin = 1.5;

export class RunRates {
  private loaded: LoadedRates | null = null;
  private asked: Omit<LoadedRates, 'tokensPerSecond'> | null = null;
  private request = new AbortController();
  private isAsking = false;

  constructor(
    private readonly ask: PageActions['rates'],
    private readonly onLoaded: () => void,
  ) {}

  /** The newest rates of `run`, perhaps of another part of it; null before the first came. */
  of(run: RunDetail): LoadedRates | null {
    return this.loaded?.runKey === run.run.key ? this.loaded : null;
  }

  /**
   * Asks for what is wanted unless it is here or on its way. One answer at a time: when it is painted, what
   * is wanted by then is asked for, so that zooming asks no more often than the store can answer. Only what
   * was asked of other data is dropped.
   */
  want(wanted: WantedRates): void {
    if (wanted.calls.length === 0 || wanted.pixels <= 0) return;
    if (this.asked && covers(this.asked, wanted)) return;
    const { run } = wanted;
    const isOfSameData =
      this.asked?.runKey === run.run.key && this.asked.generation === run.generation;
    if (this.isAsking && isOfSameData) return;
    this.request.abort();
    const request = (this.request = new AbortController());
    const asked = (this.asked = spanToAsk(wanted));
    const { fromUs, toUs, bins } = asked;
    const params = {
      run: run.run.key,
      calls: wanted.calls,
      fromUs: microseconds(fromUs),
      toUs: microseconds(toUs),
      bins,
    };
    this.isAsking = true;
    void this.ask(params, request.signal).then((grid) => {
      if (request.signal.aborted) return;
      this.isAsking = false;
      if (grid) this.take(asked, grid);
    });
  }

  private take(asked: Omit<LoadedRates, 'tokensPerSecond'>, grid: RateGrid): void {
    // Rates of older data: the newer run is on its way to the page, and will ask again.
    if (grid.generation < asked.generation) return;
    this.loaded = { ...asked, tokensPerSecond: grid.tokensPerSecond };
    this.onLoaded();
  }
}

function covers(
  rates: Omit<LoadedRates, 'tokensPerSecond'>,
  { run, calls, view, pixels }: WantedRates,
): boolean {
  const binUs = (rates.toUs - rates.fromUs) / rates.bins;
  const pixelUs = (view.toUs - view.fromUs) / pixels;
  return (
    rates.runKey === run.run.key &&
    rates.generation === run.generation &&
    rates.fromUs <= Math.max(0, view.fromUs) &&
    rates.toUs >= Math.min(run.lengthUs, view.toUs) &&
    binUs <= pixelUs * coarsestBin &&
    calls.every((call) => rates.rowOf.has(call))
  );
}

function spanToAsk({
  run,
  calls,
  view,
  pixels,
}: WantedRates): Omit<LoadedRates, 'tokensPerSecond'> {
  const length = view.toUs - view.fromUs;
  const fromUs = Math.max(0, view.fromUs - length * screensAtEitherSide);
  const toUs = Math.min(run.lengthUs, view.toUs + length * screensAtEitherSide);
  return {
    runKey: run.run.key,
    generation: run.generation,
    fromUs,
    toUs,
    bins: Math.max(1, Math.min(mostBins, Math.ceil(((toUs - fromUs) / length) * pixels))),
    rowOf: new Map(calls.map((call, row) => [call, row])),
  };
}

/** The rates of one call by time of the run; null while none are known for it. */
export function ratesOfCall(
  rates: LoadedRates | null,
  call: StepKey,
): ((timeUs: number) => number | null) | null {
  const row = rates?.rowOf.get(call);
  if (!rates || row === undefined) return null;
  const { fromUs, toUs, bins, tokensPerSecond } = rates;
  const binsPerUs = bins / (toUs - fromUs);
  return (timeUs) => {
    if (timeUs < fromUs || timeUs > toUs) return null;
    const bin = Math.min(bins - 1, Math.floor((timeUs - fromUs) * binsPerUs));
    return tokensPerSecond[row * bins + bin] ?? null;
  };
}

/**
 * Chunks a second between a call's first and last; null where that is not known. Like the bars' rates it
 * counts chunks, because only they have times: a provider may put many tokens into one.
 */
export function averageRate({ receivedTokens, metrics }: Call): number | null {
  const { ttftUs, lastTokenUs } = metrics;
  if (ttftUs === null || lastTokenUs === null || lastTokenUs <= ttftUs) return null;
  return ((receivedTokens - 1) * 1_000_000) / (lastTokenUs - ttftUs);
}

/** The rate that gets the strongest colour: a little more than that of the fastest call, as a round number. */
export function strongestRate(run: RunDetail): number {
  const fastest = run.steps.reduce(
    (most, { call }) => Math.max(most, (call && averageRate(call)) ?? 0),
    0,
  );
  return roundUp(fastest > 0 ? fastest * 1.2 : 100);
}

function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 6, 8, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}

/** From 0 to 1 along the colours; not straight, so that slow streams still differ beside a fast one. */
export const rateShare = (tokensPerSecond: number, strongest: number): number =>
  Math.min(1, Math.max(0, tokensPerSecond / strongest)) ** 0.75;
