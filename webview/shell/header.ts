/** The line on top: which run, its figures, the filter of its calls, and what applies to the whole page. */
import { type RunMetrics, runMetrics } from '../../src/model/runMetrics.js';
import { formatDuration, formatTime } from '../../src/model/formatting.js';
import type { RunDetail, RunSummary } from '../../src/model/trace.js';
import { microseconds } from '../../src/model/units.js';
import { element, icon } from './elements.js';
import type { PageActions } from '../state/actions.js';
import type { PageStore } from '../state/pageStore.js';
import { createButton, createTextField } from '../toolkit.js';
import { mountHelp } from './help.js';

export function mountHeader(header: HTMLElement, store: PageStore, actions: PageActions): void {
  const picker = element('div', { class: 'run-picker' });
  const figures = element('dl', { class: 'figures' });
  const tools = element('div', { class: 'header-tools' });
  header.append(picker, figures, tools);
  mountRunPicker(picker, store, actions);
  mountTools(tools, store, actions);
  store.watch(['run'], () => {
    const { run } = store.current;
    figures.replaceChildren(...(run ? figuresOf(run).map(drawFigure) : []));
  });
}

function mountRunPicker(picker: HTMLElement, store: PageStore, actions: PageActions): void {
  const select = element('select', { 'aria-label': 'Runs' });
  const name = element('b');
  const about = element('span', { class: 'dim wide-only' });
  const picture = element('span', { class: 'run-picture', 'aria-hidden': 'true' });
  picture.append(element('span', { class: 'dim' }, 'Run'), name, about, icon('chevron-down'));
  picker.append(picture, select);
  select.addEventListener('change', () => {
    const run = runsOf(store).find(({ key }) => String(key) === select.value);
    if (run) actions.selectRun(run.key);
  });
  let listed: readonly RunSummary[] = [];
  store.watch(['page', 'runKey'], () => {
    const runs = runsOf(store);
    if (runs !== listed) {
      listed = runs;
      select.replaceChildren(
        ...runs.map((run) => element('option', { value: String(run.key) }, optionText(run))),
      );
    }
    const selected = runs.find(({ key }) => key === store.current.runKey);
    picker.hidden = selected === undefined;
    if (!selected) return;
    select.value = String(selected.key);
    name.textContent = runName(selected);
    about.textContent = aboutRun(selected);
    picker.title = optionText(selected);
  });
}

const noRuns: readonly RunSummary[] = [];

function runsOf(store: PageStore): readonly RunSummary[] {
  const { page } = store.current;
  return page.status === 'ready' ? page.summary.runs : noRuns;
}

const runName = (run: RunSummary): string => run.name || run.id;

function aboutRun(run: RunSummary): string {
  const parts = [
    formatTime(run.startedAtUs),
    `${run.callCount} ${run.callCount === 1 ? 'call' : 'calls'}`,
  ];
  if (run.endedAtUs !== null)
    parts.push(formatDuration(microseconds(run.endedAtUs - run.startedAtUs)));
  if (run.status !== 'completed' && run.status !== 'unknown') parts.push(run.status);
  return parts.join(' · ');
}

const optionText = (run: RunSummary): string => `${runName(run)} · ${aboutRun(run)}`;

interface Figure {
  readonly name: string;
  readonly value: string;
  readonly definition: string;
  readonly look?: 'warning' | 'error';
  /** Left out where the page is narrow. */
  readonly isMinor?: boolean;
}

function figuresOf(run: RunDetail): Figure[] {
  const metrics = runMetrics(run.steps.flatMap((step) => (step.call ? [step.call] : [])));
  return [...speeds(metrics), ...troubles(metrics)];
}

function speeds(metrics: RunMetrics): Figure[] {
  const figures: Figure[] = [];
  const { ttftP50Us, tokensPerSecond, iclP50Us, iclP95Us } = metrics;
  if (ttftP50Us !== null) {
    figures.push({
      name: 'TTFT p50',
      value: formatDuration(microseconds(ttftP50Us)),
      definition:
        'Median over the run’s calls of the time to the first token: request sent → first chunk with generated content.',
    });
  }
  if (tokensPerSecond !== null) {
    figures.push({
      name: 'tok/s',
      value: tokensPerSecond.toFixed(1),
      definition:
        'Effective tokens per second: output tokens of the run’s calls / the sum of their end-to-end latencies.',
    });
  }
  if (iclP50Us !== null && iclP95Us !== null) {
    figures.push({
      name: 'ICL p50 / p95',
      value: pairOfDurations(iclP50Us, iclP95Us),
      definition:
        'Inter-chunk latency: the medians over the run’s calls of each call’s 50th and 95th percentile.',
      isMinor: true,
    });
  }
  return figures;
}

/** "23 / 61 ms": the unit is written once where it is the same. */
function pairOfDurations(first: number, second: number): string {
  const [a, b] = [first, second].map((value) => formatDuration(microseconds(value)));
  const [figure, unit] = a?.split(' ') ?? [];
  return `${unit !== undefined && b?.endsWith(` ${unit}`) ? figure : a} / ${b}`;
}

function troubles({ stalls, bursts, failedCalls }: RunMetrics): Figure[] {
  const figures: Figure[] = [];
  if (stalls > 0) {
    figures.push({
      name: stalls === 1 ? 'stall' : 'stalls',
      value: String(stalls),
      definition: 'Gaps between two tokens that the stall rule calls a stall, in all calls.',
      look: 'warning',
    });
  }
  if (bursts > 0) {
    figures.push({
      name: bursts === 1 ? 'buffered burst' : 'buffered bursts',
      value: String(bursts),
      definition: 'Groups of tokens that came out of one read, or within 1 ms, in all calls.',
      look: 'warning',
      isMinor: true,
    });
  }
  if (failedCalls > 0) {
    figures.push({
      name: 'failed',
      value: String(failedCalls),
      definition: 'Calls of this run that failed.',
      look: 'error',
    });
  }
  return figures;
}

function drawFigure({ name, value, definition, look, isMinor }: Figure): HTMLElement {
  return element(
    'div',
    { class: isMinor ? 'figure wide-only' : 'figure', title: definition },
    element('dt', {}, name),
    element('dd', look ? { class: look } : {}, value),
  );
}

function mountTools(tools: HTMLElement, store: PageStore, actions: PageActions): void {
  const filter = createTextField('Filter calls', (text) => actions.setRowFilter(text));
  const glass = icon('search');
  glass.slot = 'start';
  filter.append(glass);
  const fit = createButton({
    label: 'Fit',
    icon: 'screen-full',
    title: 'Fit the whole run (0)',
    onClick: () => actions.setRunView(null),
  });
  tools.append(filter, fit, mountHelp());
  store.watch(['rowFilter'], () => {
    if (filter.value !== store.current.rowFilter) filter.value = store.current.rowFilter;
  });
}
