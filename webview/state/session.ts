/**
 * The page's side of the conversation with the extension host: the first handshake, what the host tells,
 * and what it is told. Selection survives new data and a reload by the identifiers of the file, because
 * keys are only good for one reading of it.
 */
import type { Step, StepKey, TraceSummary } from '../../src/model/trace.js';
import type { NotificationHandlers } from '../../src/protocol/channel.js';
import type { PageState, PageSurface, Reveal } from '../../src/protocol/pageMessages.js';
import { FollowedCalls } from './following.js';
import type { Host } from './host.js';
import type { Loading, Place } from './loading.js';
import type { PageStore } from './pageStore.js';
import { type SavedState, parseSavedState, savedStateOf } from './savedState.js';
import { firstRunToShow, selectedStep } from './selection.js';

export interface SavedStateAccess {
  read(): unknown;
  save(state: SavedState): void;
}

const stepById =
  (id: string) =>
  (steps: readonly Step[]): StepKey | null =>
    steps.find((step) => step.id === id)?.key ?? null;

export class PageSession {
  /** Where the user was before the page was hidden, until a run has been chosen. */
  private saved: SavedState | null;
  /** Of the data that were asked for last. */
  private asked: TraceSummary | null = null;
  /** Settles when they are shown; null when nothing is on its way. */
  private showing: Promise<void> | null = null;
  /** What the user had chosen when the state was last saved because of it. */
  private savedChoice = '';
  /** Of the run that was shown last, which a file may lose and get back. */
  private shownRunId: string | null = null;
  private readonly followed = new FollowedCalls();

  readonly handlers: NotificationHandlers<PageSurface> = {
    state: (state) => this.take(state),
    settings: (settings) => {
      const { settings: before } = this.store.current;
      const { tokenFilter } = this.store.current;
      const pageSize =
        settings.pageSize === before.pageSize ? tokenFilter.pageSize : settings.pageSize;
      this.store.update({ settings, tokenFilter: { ...tokenFilter, pageSize } });
      const { minimumUs, medianFactor } = before.stallRule;
      const rule = settings.stallRule;
      // Stalls are counted by the store: ask for them by the new rule.
      if (rule.minimumUs !== minimumUs || rule.medianFactor !== medianFactor) this.loading.reload();
    },
    reveal: (reveal) => this.reveal(reveal),
  };

  constructor(
    private readonly store: PageStore,
    private readonly host: Host,
    private readonly loading: Loading,
    private readonly savedState: SavedStateAccess,
  ) {
    this.saved = parseSavedState(savedState.read());
  }

  /** Says that the page is there and shows what the host answers. */
  async start(): Promise<void> {
    const answer = await this.store.track(this.host.request('ready', null, { timeoutMs: 0 }));
    const saved = this.saved;
    this.store.update({
      settings: answer.settings,
      tokenFilter: { ...this.store.current.tokenFilter, pageSize: answer.settings.pageSize },
      ...saved?.choices,
    });
    this.watchSelection();
    this.take(answer.state);
    if (answer.reveal) this.reveal(answer.reveal);
  }

  private take(state: PageState): void {
    this.store.update({ page: state });
    if (state.status !== 'ready') return;
    // One after the other: a trace that changes faster than it is loaded would otherwise never be shown.
    if (!this.showing) this.showNewest(state.summary);
  }

  private showNewest(summary: TraceSummary): void {
    if (summary.generation === this.asked?.generation) return;
    const runId = this.selectedRunId();
    this.asked = summary;
    this.showing = this.showSameRun(summary, runId).finally(() => {
      this.showing = null;
      const { page } = this.store.current;
      if (page.status === 'ready') this.showNewest(page.summary);
    });
  }

  /** The run that was shown before, in its newest state; else the one to show first. */
  private async showSameRun(summary: TraceSummary, runId: string | null): Promise<void> {
    const { saved } = this;
    this.saved = null;
    const same = summary.runs.find((run) => run.id === runId);
    const run = same ?? firstRunToShow(summary.runs);
    if (!run) return this.loading.clear();
    if (same && this.store.current.run) {
      const step = (steps: readonly Step[]): StepKey | null => this.sameStep(steps);
      return this.loading.showRun(run.key, { step }, true);
    }
    const shown = this.loading.showRun(run.key, same && saved ? placeOf(saved) : {}, false);
    // The saved viewport is that of the saved run only.
    if (same && saved) {
      const { runView } = saved.viewport;
      this.store.update({ runView, runFollows: runView === null });
    }
    return shown;
  }

  private selectedRunId(): string | null {
    const { runKey } = this.store.current;
    const selected = this.asked?.runs.find(({ key }) => key === runKey);
    return selected?.id ?? this.shownRunId ?? this.saved?.runId ?? null;
  }

  /** What is selected when the run has come: the user may have gone on meanwhile, or the agent to its next call. */
  private sameStep(steps: readonly Step[]): StepKey | null {
    const selected = selectedStep(this.store.current);
    return (
      this.followed.next(steps, this.store.current.collapsed) ??
      (selected && stepById(selected.id)(steps))
    );
  }

  private reveal(reveal: Reveal): void {
    this.saved = null;
    const place: Place = {
      ...(reveal.token === null ? {} : { position: reveal.token }),
      ...(reveal.play ? { play: true } : {}),
    };
    const { runKey, run } = this.store.current;
    if (run && runKey === reveal.run) {
      if (reveal.step !== null) this.loading.showStep(reveal.step, place);
    } else {
      void this.loading.showRun(reveal.run, {
        ...place,
        ...(reveal.step === null ? {} : { step: () => reveal.step }),
      });
    }
  }

  /** Tells the host what is selected and saves where the user is; not in every frame of a replay. */
  private watchSelection(): void {
    this.store.watch(['runKey', 'run', 'stepKey', 'position', 'playing'], () => {
      const { run, runKey, stepKey, position, playing } = this.store.current;
      if (run) this.shownRunId = run.run.id;
      if (playing) return;
      const token = position < 0 ? null : position;
      this.host.notify('selected', { run: runKey, step: stepKey, token });
    });
    this.store.onIdle((idle) => {
      if (idle) this.saveState();
    });
    this.store.watch(['run', 'stepKey', 'following'], () => {
      this.followed.note(this.store.current);
    });
    // While a stream comes in, the page may never be idle: what the user chose is saved all the same.
    this.store.watch(['runKey', 'run', 'stepKey', 'tab', 'following', 'collapsed'], () => {
      const { following, runKey, stepKey, tab, collapsed } = this.store.current;
      const choice = JSON.stringify([runKey, stepKey, tab, following, collapsed]);
      if (choice === this.savedChoice || !this.saveState()) return;
      this.savedChoice = choice;
    });
  }

  /** False while a run is loading: what is known of the selection is not complete. */
  private saveState(): boolean {
    const { run, stepKey } = this.store.current;
    if (!run || (stepKey !== null && !selectedStep(this.store.current))) return false;
    this.savedState.save(savedStateOf(this.store.current));
    return true;
  }
}

const placeOf = (saved: SavedState): Place => ({
  ...(saved.stepId === null ? {} : { step: stepById(saved.stepId) }),
  position: saved.position,
  follow: saved.following,
  tokenView: saved.viewport.tokenView,
});
