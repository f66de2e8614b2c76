/** Token rates for the bars in view: asked for at the resolution of the screen, kept until better ones come. */
import type { Call, RateGrid, RunDetail, Step, StepKey } from '../../src/model/trace.js';
import { microseconds } from '../../src/model/units.js';
import type { PageActions } from '../state/actions.js';
import type { Span } from '../state/pageModel.js';
import { isSame } from './viewport.js';

/** Of one call, and what they are about. */
interface CallRates {
  /** As it was when they were asked for: another object when the call has changed. */
  readonly step: Step;
  readonly fromUs: number;
  readonly toUs: number;
  readonly tokensPerSecond: Float32Array;
}

export interface LoadedRates {
  readonly runKey: RunDetail['run']['key'];
  readonly calls: ReadonlyMap<StepKey, CallRates>;
}

export interface WantedRates {
  readonly run: RunDetail;
  readonly calls: readonly Step[];
  readonly view: Span;
  /** Width of the view in CSS pixels. */
  readonly pixels: number;
}

/** So that panning by one screen needs no new rates. */
const screensAtEitherSide = 1;
const mostBins = 8_192;
/** Coarser than this many pixels a bin, new rates are asked for. */
const coarsestBin = 1.5;
/** A call that streams changes all the time: the colours of what came last may be so much older. */
const growingEachMs = 250;

export class RunRates {
  private loaded: (LoadedRates & { readonly calls: Map<StepKey, CallRates> }) | null = null;
  private request = new AbortController();
  private askedRun: RunDetail['run']['key'] | null = null;
  private isAsking = false;
  private askedAtMs = -Infinity;
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** What could not be had, which the user has been told. */
  private failed: Span | null = null;

  /** `onLoaded` paints, and asks again for what is wanted by then. */
  constructor(
    private readonly ask: PageActions['rates'],
    private readonly onLoaded: () => void,
  ) {}

  /** The newest rates of `run`, perhaps of another part of it; null before the first came. */
  of(run: RunDetail): LoadedRates | null {
    return this.loaded?.runKey === run.run.key ? this.loaded : null;
  }

  /**
   * Asks for what is wanted and neither here nor on its way. One answer at a time: when it is painted, what is
   * wanted by then is asked for, so that neither zooming nor a run that grows asks more often than the store
   * can answer. Only what was asked of another run is dropped.
   */
  want(wanted: WantedRates): void {
    const { run, pixels } = wanted;
    const isSameRun = this.askedRun === run.run.key;
    if (pixels <= 0 || (this.isAsking && isSameRun)) return;
    const held = this.of(run)?.calls;
    const missing = wanted.calls.filter((step) => !covers(held?.get(step.key), step, wanted));
    const changed = wanted.calls.filter((step) => held?.get(step.key)?.step !== step);
    const isEarly = performance.now() - this.askedAtMs < growingEachMs;
    if (missing.length === 0 && changed.length > 0 && isEarly) return this.askLater();
    const calls = [...new Set([...missing, ...changed])];
    const hasFailed = isSameRun && this.failed !== null && isSame(this.failed, wanted.view);
    if (calls.length === 0 || hasFailed) return;
    this.request.abort();
    this.request = new AbortController();
    this.askedRun = run.run.key;
    this.askedAtMs = performance.now();
    this.askFor({ ...wanted, calls }, this.request.signal);
  }

  private askFor(wanted: WantedRates, signal: AbortSignal): void {
    const { run, calls } = wanted;
    const span = spanToAsk(wanted);
    const params = {
      run: run.run.key,
      calls: calls.map(({ key }) => key),
      fromUs: microseconds(span.fromUs),
      toUs: microseconds(span.toUs),
      bins: span.bins,
    };
    this.isAsking = true;
    void this.ask(params, signal).then((grid) => {
      if (signal.aborted) return;
      this.isAsking = false;
      this.failed = grid ? null : wanted.view;
      // Rates of older data: the newer run is on its way to the page, and will ask again.
      if (grid && grid.generation >= run.generation) this.take(wanted, span, grid);
    });
  }

  private take({ run, calls }: WantedRates, span: AskedSpan, grid: RateGrid): void {
    const { fromUs, toUs, bins } = span;
    if (this.loaded?.runKey !== run.run.key) {
      this.loaded = { runKey: run.run.key, calls: new Map() };
    }
    calls.forEach((step, row) => {
      const tokensPerSecond = grid.tokensPerSecond.subarray(row * bins, (row + 1) * bins);
      this.loaded?.calls.set(step.key, { step, fromUs, toUs, tokensPerSecond });
    });
    this.onLoaded();
  }

  private askLater(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.onLoaded();
      // A timer may be early by a part of a millisecond.
    }, growingEachMs + 2);
  }
}

/** Whether what is seen of the call is known closely enough, as the call was then. */
function covers(
  rates: CallRates | undefined,
  { startUs, call }: Step,
  { view, pixels }: WantedRates,
): boolean {
  if (!rates) return false;
  const binUs = (rates.toUs - rates.fromUs) / rates.tokensPerSecond.length;
  const pixelUs = (view.toUs - view.fromUs) / pixels;
  const knownEnd = rates.step.startUs + (rates.step.call?.metrics.lastTokenUs ?? 0);
  const end = Math.min(knownEnd, startUs + (call?.metrics.lastTokenUs ?? 0), view.toUs);
  const isSeen = startUs <= view.toUs && end >= view.fromUs;
  const isWhole = rates.fromUs <= Math.max(startUs, view.fromUs) && rates.toUs >= end;
  return !isSeen || (isWhole && binUs <= pixelUs * coarsestBin);
}

interface AskedSpan {
  readonly fromUs: number;
  readonly toUs: number;
  readonly bins: number;
}

function spanToAsk({ run, view, pixels }: WantedRates): AskedSpan {
  const length = view.toUs - view.fromUs;
  const fromUs = Math.max(0, view.fromUs - length * screensAtEitherSide);
  // The view of a run in which a call waits goes on beyond what the run holds.
  const end = Math.max(run.lengthUs, view.toUs);
  const toUs = Math.min(end, view.toUs + length * screensAtEitherSide);
  const bins = Math.max(1, Math.min(mostBins, Math.ceil(((toUs - fromUs) / length) * pixels)));
  return { fromUs, toUs, bins };
}

/** The rates of one call by time of the run; null while none are known for it. */
export function ratesOfCall(
  rates: LoadedRates | null,
  call: StepKey,
): ((timeUs: number) => number | null) | null {
  const known = rates?.calls.get(call);
  if (!known) return null;
  const { fromUs, toUs, tokensPerSecond } = known;
  const bins = tokensPerSecond.length;
  const binsPerUs = bins / (toUs - fromUs);
  return (timeUs) => {
    if (timeUs < fromUs || timeUs > toUs) return null;
    const bin = Math.min(bins - 1, Math.floor((timeUs - fromUs) * binsPerUs));
    return tokensPerSecond[bin] ?? null;
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
