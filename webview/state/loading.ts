/**
 * Brings runs, steps and tokens onto the page. A newer request aborts the older one, so that an answer
 * never overwrites what was asked for later.
 */
import type { RunDetail, RunKey, Step, StepKey } from '../../src/model/trace.js';
import { tokenTime } from '../../src/model/tokens.js';
import { type Microseconds, microseconds } from '../../src/model/units.js';
import { serializeError } from '../../src/protocol/errors.js';
import { FollowedTokens, type HeldTokens } from '../../src/protocol/followedTokens.js';
import { readRun } from '../../src/protocol/readRun.js';
import type { Host } from './host.js';
import { type PageModel, type Span, nothingSelected } from './pageModel.js';
import type { PageStore } from './pageStore.js';
import { isStreaming, newest, takesAlong } from './following.js';
import { firstStepToShow, positionAtTime, selectedStep } from './selection.js';

/** Where to be in a run once it is loaded; what is left out is chosen. */
export interface Place {
  readonly step?: (steps: readonly Step[]) => StepKey | null;
  /** Position of a token. */
  readonly position?: number;
  /** µs since the request was sent; goes to the last token that had come. */
  readonly atUs?: Microseconds;
  readonly play?: boolean;
  /** Goes to the newest token instead while the call streams. */
  readonly follow?: boolean;
  readonly tokenView?: Span | null;
}

export class Loading {
  private runRequest = new AbortController();
  private stepRequest = new AbortController();
  /** Where to be in the step that is being loaded. */
  private wanted: Place = {};
  /** Of the call whose tokens were asked for last. */
  private followed: { readonly call: StepKey; readonly tokens: FollowedTokens } | null = null;

  constructor(
    private readonly store: PageStore,
    private readonly host: Host,
  ) {}

  /**
   * Loads a run; of the one that is shown already, viewport and position are kept. Settles, always well,
   * when the run and its selected step are there, could not be loaded, or are not asked for any more.
   */
  showRun(
    run: RunKey,
    place: Place = {},
    isSameRun = run === this.store.current.runKey,
  ): Promise<void> {
    this.runRequest.abort();
    // A step of the same run that was just selected is not lost to the news of the file.
    if (!isSameRun) this.stepRequest.abort();
    const request = (this.runRequest = new AbortController());
    this.store.update({
      runKey: run,
      loadError: null,
      ...(isSameRun ? {} : { run: null, runView: null, runFollows: true, ...nothingSelected }),
    });
    const { signal } = request;
    return this.settle(request, async () => {
      const held = isSameRun ? this.store.current.run : null;
      const reading = readRun(
        (method, params) => this.host.request(method, params, { signal }),
        run,
        held,
      );
      // Asked for without waiting for the run, so that both are shown in one frame, and a round trip sooner.
      if (this.followed && this.store.current.tokens) {
        this.tokensOf(this.followed.call, signal).catch(() => undefined);
      }
      const detail = await reading;
      if (signal.aborted) return;
      await this.showLoadedRun(detail, place, signal);
    });
  }

  /** Shows a step of the loaded run. */
  showStep(step: StepKey, place: Place = {}): void {
    const { run, stepKey } = this.store.current;
    if (run === null) return;
    if (step !== stepKey) this.store.update({ ...nothingSelected, stepKey: step });
    else if (this.store.current.tokens) return this.goTo(place);
    void this.loadStep(run, step, place);
  }

  /** Asks again for what is selected. */
  reload(): void {
    const { runKey, stepKey } = this.store.current;
    if (runKey === null) return;
    void this.showRun(runKey, stepKey === null ? {} : { step: () => stepKey });
  }

  /** Forgets what is shown: the trace has no runs. */
  clear(): void {
    this.runRequest.abort();
    this.stepRequest.abort();
    this.store.update({ runKey: null, run: null, loadError: null, ...nothingSelected });
  }

  /** Tells the user why something failed, unless a newer request made it superfluous. */
  report(thrown: unknown): void {
    const error = serializeError(thrown);
    if (error.code === 'cancelled') return;
    this.store.update({ announcement: { text: error.message, isError: true } });
    if (error.detail !== null)
      this.host.notify('pageError', { message: error.message, stack: error.detail });
  }

  private async showLoadedRun(detail: RunDetail, place: Place, signal: AbortSignal): Promise<void> {
    const key = place.step?.(detail.steps) ?? firstStepToShow(detail.steps);
    const step = detail.steps.find((one) => one.key === key) ?? null;
    // By its identifier: a file that was read anew may have given it another key.
    const before = selectedStep(this.store.current);
    const isSameStep = before !== null && before.id === step?.id;
    if (isSameStep && step && isLoaded(this.store.current)) {
      return this.refresh(detail, step, before, signal);
    }
    const follow = isSameStep
      ? takesAlong(this.store.current)
      : isStreaming({ run: detail, stepKey: key });
    const carried = isSameStep ? this.wanted : {};
    this.store.update({
      run: detail,
      ...(isSameStep ? {} : nothingSelected),
      stepKey: key,
    });
    if (key !== null) await this.loadStep(detail, key, { ...carried, ...place }, follow);
  }

  /** Shows the news of a run and of its step that is shown already, in one update: they are drawn in one frame. */
  private async refresh(
    run: RunDetail,
    step: Step,
    before: Step,
    runSignal: AbortSignal,
  ): Promise<void> {
    if (step === before) return this.store.update({ run });
    this.stepRequest.abort();
    const request = (this.stepRequest = new AbortController());
    const { signal } = request;
    const goesOn = before.call?.state === 'streaming' && step.call?.state === 'streaming';
    await this.settle(request, async () => {
      const [detail, tokens] = await Promise.all([
        // The texts of a call that goes on are asked for by those who show them: they may be long.
        goesOn ? null : this.host.request('step', { step: step.key }, { signal }),
        step.call ? this.tokensOf(step.key, signal, run.generation) : null,
      ]);
      if (signal.aborted || runSignal.aborted) return;
      const follow = takesAlong(this.store.current);
      this.store.update({
        ...{ run, stepKey: step.key, tokens, loadError: null },
        ...(detail ? { detail } : {}),
        ...this.placeIn(tokens, follow),
      });
    });
    // Also when its tokens could not be read, and when another step was selected meanwhile.
    if (!runSignal.aborted && this.store.current.run !== run) this.store.update({ run });
  }

  private loadStep(
    run: RunDetail,
    key: StepKey,
    place: Place,
    follow = isStreaming({ run, stepKey: key }),
  ): Promise<void> {
    this.stepRequest.abort();
    this.wanted = place;
    const request = (this.stepRequest = new AbortController());
    const { signal } = request;
    const isCall = run.steps.some((step) => step.key === key && step.call);
    this.store.update({ loadError: null });
    return this.settle(request, async () => {
      const [detail, tokens] = await Promise.all([
        this.host.request('step', { step: key }, { signal }),
        isCall ? this.tokensOf(key, signal) : null,
      ]);
      if (signal.aborted) return;
      this.wanted = {};
      this.store.update({ detail, tokens, ...this.placeIn(tokens, follow) });
      this.goTo(place);
    });
  }

  private placeIn(
    tokens: HeldTokens | null,
    follow: boolean,
  ): Pick<PageModel, 'position'> & Partial<PageModel> {
    const { position, following } = this.store.current;
    if (tokens && follow && following) return newest(tokens);
    return { position: Math.min(position, (tokens?.count ?? 0) - 1) };
  }

  /** All tokens of a call, as they are in the data of `generation` or in newer ones. */
  private async tokensOf(
    call: StepKey,
    signal: AbortSignal,
    generation = Infinity,
  ): Promise<HeldTokens> {
    if (this.followed?.call !== call) this.followed = { call, tokens: new FollowedTokens() };
    const { tokens } = this.followed;
    const ahead = await tokens.newest;
    if (ahead && (ahead.generation ?? 0) >= generation) return ahead;
    return tokens.read((range) => this.host.request('tokens', { call, ...range }, { signal }));
  }

  private goTo(place: Place): void {
    const { tokens } = this.store.current;
    if (!tokens || (place.follow && isStreaming(this.store.current))) return;
    if (place.position !== undefined) {
      const position = Math.max(-1, Math.min(place.position, tokens.count - 1));
      const timeUs = position < 0 ? microseconds(0) : tokenTime(tokens, position);
      this.store.update({ position, timeUs, following: false });
    } else if (place.atUs !== undefined) {
      const position = positionAtTime(tokens, place.atUs);
      this.store.update({ position, timeUs: place.atUs, following: false });
    }
    if (place.tokenView !== undefined) this.store.update({ tokenView: place.tokenView });
    if (place.play) this.store.update({ playing: true, following: false });
  }

  private settle(request: AbortController, work: () => Promise<void>): Promise<void> {
    return this.store.track(work()).catch((thrown: unknown) => {
      if (request.signal.aborted) return;
      this.store.update({ loadError: serializeError(thrown) });
      this.report(thrown);
    });
  }
}

const isLoaded = ({ detail, tokens, run, stepKey }: PageModel): boolean =>
  detail !== null && (tokens !== null || !selectedStep({ run, stepKey })?.call);
