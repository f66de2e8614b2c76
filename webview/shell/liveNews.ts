/** Says to a screen reader which calls of the run began and ended: together, and not more often than can be heard. */
import { callLabel } from '../../src/model/formatting.js';
import type { RunDetail, StepKey } from '../../src/model/trace.js';
import { element } from './elements.js';
import type { PageStore } from '../state/pageStore.js';
import { readableText } from './visibleText.js';

const eachMs = 5_000;
/** More than these are only counted. */
const mostNames = 3;

export function mountLiveNews(main: HTMLElement, store: PageStore): void {
  const place = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  main.append(place);
  let news: string[] = [];
  let saidAtMs = -Infinity;
  let isWaiting = false;
  let before: RunDetail | null = null;

  const say = (): void => {
    isWaiting = false;
    saidAtMs = performance.now();
    const more = news.length > mostNames ? [`and ${news.length - mostNames} more`] : [];
    place.textContent = readableText([...news.slice(0, mostNames), ...more].join('; '));
    news = [];
  };
  store.watch(['run'], () => {
    const { run, stepKey } = store.current;
    if (run && before && run.run.id === before.run.id) news.push(...changes(before, run, stepKey));
    else news = [];
    before = run;
    if (news.length === 0 || isWaiting) return;
    isWaiting = true;
    setTimeout(say, Math.max(0, saidAtMs + eachMs - performance.now()));
  });
}

/** The selected call says itself that it streams and how it ended. */
function changes(before: RunDetail, now: RunDetail, selected: StepKey | null): string[] {
  const states = new Map(before.steps.map((step) => [step.key, step.call?.state]));
  return now.steps.flatMap((step) => {
    const { call, key } = step;
    const state = states.get(key);
    if (!call || key === selected || call.state === state) return [];
    const name = call.model ?? step.name;
    if (call.state === 'streaming') return [`${name} streams`];
    return state === 'streaming' || state === undefined
      ? [`${name} ended: ${callLabel(call)}`]
      : [];
  });
}
