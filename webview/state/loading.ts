/**
 * Brings runs, steps and tokens onto the page. A newer request aborts the older one, so that an answer
 * never overwrites what was asked for later.
 */
import type { RunDetail, RunKey, Step, StepKey } from '../../src/model/trace.js';
import { tokenTime } from '../../src/model/tokens.js';
import { type Microseconds, microseconds } from '../../src/model/units.js';
import { serializeError } from '../../src/protocol/errors.js';
import type { Host } from './host.js';
import type { PageModel, Span } from './pageModel.js';
import type { PageStore } from './pageStore.js';
import { firstStepToShow, positionAtTime, selectedStep } from './selection.js';

/** Where to be in a run once it is loaded; what is left out is chosen. */
export interface Place {
  readonly step?: (steps: readonly Step[]) => StepKey | null;
  /** Position of a token. */
  readonly position?: number;
  /** µs since the request was sent; goes to the last token that had come. */
  readonly atUs?: Microseconds;
  readonly play?: boolean;
  readonly tokenView?: Span | null;
}

const nothingSelected = {
  stepKey: null,
  detail: null,
  tokens: null,
  tokenView: null,
  position: -1,
  timeUs: microseconds(0),
  playing: false,
} satisfies Partial<PageModel>;

export class Loading {
  private runRequest = new AbortController();
  private stepRequest = new AbortController();

  constructor(
    private readonly store: PageStore,
    private readonly host: Host,
  ) {}

  /** Loads a run; of the one that is shown already, viewport and position are kept. */
  showRun(run: RunKey, place: Place = {}, isSameRun = run === this.store.current.runKey): void {
    this.runRequest.abort();
    this.stepRequest.abort();
    const request = (this.runRequest = new AbortController());
    this.store.update({
      runKey: run,
      loadError: null,
      ...(isSameRun ? {} : { run: null, runView: null, ...nothingSelected }),
    });
    this.settle(request, async () => {
      const detail = await this.host.request('run', { run }, { signal: request.signal });
      if (request.signal.aborted) return;
      this.showLoadedRun(detail, place);
    });
  }

  /** Shows a step of the loaded run. */
  showStep(step: StepKey, place: Place = {}): void {
    const { run, stepKey } = this.store.current;
    if (run === null) return;
    if (step !== stepKey) this.store.update({ ...nothingSelected, stepKey: step });
    else if (this.store.current.tokens) return this.goTo(place);
    this.loadStep(run, step, place);
  }

  /** Asks again for what is selected. */
  reload(): void {
    const { runKey, stepKey } = this.store.current;
    if (runKey === null) return;
    this.showRun(runKey, stepKey === null ? {} : { step: () => stepKey });
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

  private showLoadedRun(detail: RunDetail, place: Place): void {
    const step = place.step?.(detail.steps) ?? firstStepToShow(detail.steps);
    // By its identifier: a file that was read anew may have given it another key.
    const before = selectedStep(this.store.current);
    const isSameStep =
      before !== null && before.id === detail.steps.find(({ key }) => key === step)?.id;
    this.store.update({
      run: detail,
      ...(isSameStep ? {} : nothingSelected),
      stepKey: step,
    });
    if (step !== null) this.loadStep(detail, step, place);
  }

  private loadStep(run: RunDetail, key: StepKey, place: Place): void {
    this.stepRequest.abort();
    const request = (this.stepRequest = new AbortController());
    const { signal } = request;
    const isCall = run.steps.some((step) => step.key === key && step.call);
    this.store.update({ loadError: null });
    this.settle(request, async () => {
      const [detail, tokens] = await Promise.all([
        this.host.request('step', { step: key }, { signal }),
        isCall ? this.host.request('tokens', { call: key }, { signal }) : null,
      ]);
      if (signal.aborted) return;
      const position = Math.min(this.store.current.position, (tokens?.count ?? 0) - 1);
      this.store.update({ detail, tokens, position });
      this.goTo(place);
    });
  }

  private goTo(place: Place): void {
    const { tokens } = this.store.current;
    if (!tokens) return;
    if (place.position !== undefined) {
      const position = Math.max(-1, Math.min(place.position, tokens.count - 1));
      const timeUs = position < 0 ? microseconds(0) : tokenTime(tokens, position);
      this.store.update({ position, timeUs });
    } else if (place.atUs !== undefined) {
      const position = positionAtTime(tokens, place.atUs);
      this.store.update({ position, timeUs: place.atUs });
    }
    if (place.tokenView !== undefined) this.store.update({ tokenView: place.tokenView });
    if (place.play !== undefined) this.store.update({ playing: place.play });
  }

  private settle(request: AbortController, work: () => Promise<void>): void {
    this.store.track(work()).catch((thrown: unknown) => {
      if (request.signal.aborted) return;
      this.store.update({ loadError: serializeError(thrown) });
      this.report(thrown);
    });
  }
}
