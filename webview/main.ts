/** Puts the trace page together: state, conversation with the host, and the parts that show the state. */
import { connectToHost, readSavedState, saveState } from './host.js';
import { mountReplay } from './replay/replay.js';
import { mountPage } from './shell/page.js';
import { createActions } from './state/actions.js';
import { Loading } from './state/loading.js';
import { GrowingTexts } from './state/growingTexts.js';
import { LiveClock } from './state/liveClock.js';
import { initialPageModel } from './state/pageModel.js';
import { PageStore } from './state/pageStore.js';
import { PageSession } from './state/session.js';
import { mountSections } from './statistics/sections.js';
import { mountStageStatistics } from './statistics/stageStatistics.js';
import { mountStatistics } from './statistics/statistics.js';
import { mountRunTimeline } from './timeline/runTimeline.js';
import { mountTokenTimeline } from './timeline/tokenTimeline.js';
import { mountTokenGrid } from './tokens/tokenGrid.js';
import './styles/page.css';

const store = new PageStore(initialPageModel, {
  request: (callback) => {
    requestAnimationFrame(callback);
  },
});
const host = connectToHost({
  state: (state) => session.handlers.state(state),
  settings: (settings) => session.handlers.settings(settings),
  reveal: (reveal) => session.handlers.reveal(reveal),
});
const loading = new Loading(store, host);
const actions = createActions(store, host, loading);
const session = new PageSession(store, host, loading, { read: readSavedState, save: saveState });

const calm = window.matchMedia('(prefers-reduced-motion: reduce)');
const clock = {
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
  after: (delayMs: number, callback: () => void) => void setTimeout(callback, delayMs),
};
new LiveClock(store, clock, () => calm.matches);
new GrowingTexts(store, host, clock, (thrown) => loading.report(thrown));

const slots = mountPage(document.body, store, actions);
mountRunTimeline(slots.runTimeline, store, actions);
mountTokenTimeline(slots.tokenTimeline, store, actions);
mountReplay(slots.replay, store, actions);
mountTokenGrid(slots.tokens, store, actions);
mountStatistics(slots.statistics, store);
mountStageStatistics(slots.statistics, store);
mountSections(slots.sections, store, actions);

window.addEventListener('error', ({ error }) => loading.report(error));
window.addEventListener('unhandledrejection', ({ reason }) => loading.report(reason));

session.start().catch((thrown: unknown) => loading.report(thrown));
