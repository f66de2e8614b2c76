/**
 * What a person can do on the page. Parts call these and draw what the store then holds; none of them
 * asks the extension host itself.
 */
import type { RateGrid, RunKey, StepKey } from '../../src/model/trace.js';
import { tokenTime } from '../../src/model/tokens.js';
import { type Microseconds, microseconds } from '../../src/model/units.js';
import type { PageAction } from '../../src/protocol/pageMessages.js';
import type { TraceRequests } from '../../src/protocol/storeMessages.js';
import type { Host } from './host.js';
import type { Loading, Place } from './loading.js';
import type { ReplaySpeed, Span, TokenFilter } from './pageModel.js';
import type { PageStore } from './pageStore.js';
import { isStreaming, newest } from './following.js';
import { newestStreaming, positionAtTime } from './selection.js';

export interface PageActions {
  selectRun(run: RunKey): void;
  /** Shows a step; `place` says where in its tokens to be once they are loaded. */
  selectStep(step: StepKey, place?: Omit<Place, 'step'>): void;
  /** Loads again what could not be loaded. */
  reload(): void;
  /** Tokens per second along calls; null when it was aborted, or failed, which the user has been told. */
  rates(params: TraceRequests['rates']['params'], signal: AbortSignal): Promise<RateGrid | null>;

  /** Makes the token at `position` the current one everywhere; −1 is before the first. */
  moveTo(position: number): void;
  /** The current token becomes the last that had come at this time since the request was sent. */
  moveToTime(timeUs: Microseconds): void;
  /** The user looks at another place than the newest token: what comes leaves the view alone. */
  stopFollowing(): void;
  /** Goes to the newest token of the call or, when that has ended, of the newest one that streams; and on with those that come. */
  jumpToLatest(): void;
  setPlaying(playing: boolean): void;
  setSpeed(speed: ReplaySpeed): void;
  setSkipStalls(skip: boolean): void;

  /** Null fits the whole run; a view that reaches its newest time, while it grows, goes along with it. */
  setRunView(view: Span | null, isAtNewest?: boolean): void;
  /** Null fits the whole call. */
  setTokenView(view: Span | null): void;
  setRunHeight(height: number | null): void;
  setRowFilter(text: string): void;
  /** Closes these steps' rows, or opens them. */
  setCollapsed(stepIds: readonly string[], isCollapsed: boolean): void;
  /** Anything but turning a page also goes back to the first page. */
  setTokenFilter(change: Partial<TokenFilter>): void;
  setTab(tab: string): void;

  /** Puts `text` on the clipboard; `what` is named in the announcement ("Token", "Response"). */
  copy(text: string, what: string): void;
  announce(text: string): void;
  /** One of the things that the page offers about a failure. */
  act(action: PageAction): void;
}

export function createActions(store: PageStore, host: Host, loading: Loading): PageActions {
  const report = (work: Promise<unknown>): void => {
    store.track(work).catch((thrown: unknown) => loading.report(thrown));
  };
  return {
    selectRun: (run) => void loading.showRun(run),
    selectStep: (step, place = {}) => loading.showStep(step, place),
    reload: () => loading.reload(),
    rates: (params, signal) =>
      store.track(host.request('rates', params, { signal })).catch((thrown: unknown) => {
        if (!signal.aborted) loading.report(thrown);
        return null;
      }),

    moveTo(position) {
      const { tokens } = store.current;
      if (!tokens) return;
      const within = Math.max(-1, Math.min(position, tokens.count - 1));
      const timeUs = within < 0 ? microseconds(0) : tokenTime(tokens, within);
      const following = store.current.following && within === tokens.count - 1;
      store.update({ position: within, timeUs, following });
    },
    moveToTime(timeUs) {
      const { tokens } = store.current;
      if (!tokens) return;
      store.update({ position: positionAtTime(tokens, timeUs), timeUs, following: false });
    },
    stopFollowing: () => store.update({ following: false }),
    jumpToLatest() {
      const { tokens, run } = store.current;
      const wholeViews = { runView: null, runFollows: true, tokenView: null };
      const call = isStreaming(store.current) ? null : newestStreaming(run?.steps ?? []);
      if (call) {
        store.update(wholeViews);
        return loading.showStep(call.key);
      }
      const place = tokens ? newest(tokens) : {};
      store.update({ ...place, ...wholeViews, following: true, playing: false });
    },
    setPlaying: (playing) =>
      store.update({ playing, following: store.current.following && !playing }),
    setSpeed: (speed) => store.update({ speed }),
    setSkipStalls: (skipStalls) => store.update({ skipStalls }),

    setRunView(runView, isAtNewest = runView === null) {
      const following = store.current.following && isAtNewest;
      store.update({ runView, runFollows: isAtNewest, following });
    },
    setTokenView: (tokenView) =>
      store.update({ tokenView, following: store.current.following && tokenView === null }),
    setRunHeight: (runHeight) => store.update({ runHeight }),
    setRowFilter: (rowFilter) => store.update({ rowFilter }),
    setCollapsed(stepIds, isCollapsed) {
      const others = store.current.collapsed.filter((id) => !stepIds.includes(id));
      store.update({ collapsed: isCollapsed ? [...others, ...stepIds] : others });
    },
    setTokenFilter: (change) =>
      store.update({ tokenFilter: { ...store.current.tokenFilter, page: 0, ...change } }),
    setTab: (tab) => store.update({ tab }),

    copy(text, what) {
      report(
        host
          .request('copy', { text, what })
          .then(() => store.update({ announcement: { text: `${what} copied.`, isError: false } })),
      );
    },
    announce: (text) => store.update({ announcement: { text, isError: false } }),
    // The host asks the user for a key or a size: that takes as long as it takes.
    act: (action) => {
      host
        .request('action', { action }, { timeoutMs: 0 })
        .catch((thrown: unknown) => loading.report(thrown));
    },
  };
}
