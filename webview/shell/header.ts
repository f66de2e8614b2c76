/** The line on top: which run, its figures, the filter of its calls, and what applies to the whole page. */
import {
  type FigureDefinition,
  definitionInWords,
  runFigures,
} from '../../src/model/definitions.js';
import { type RunMetrics, runMetrics } from '../../src/model/runMetrics.js';
import { formatDuration, formatStalls, formatTime } from '../../src/model/formatting.js';
import type { RunDetail, RunSummary } from '../../src/model/trace.js';
import { microseconds } from '../../src/model/units.js';
import { element, icon } from './elements.js';
import type { PageActions } from '../state/actions.js';
import type { PageStore } from '../state/pageStore.js';
import { createButton, createTextField } from '../toolkit.js';
import { mountHelp } from './help.js';
import { readableText } from './visibleText.js';

/** Names come from outside and may be of any length. */
const longestName = 200;
const longestSaid = 1_000;

export function mountHeader(header: HTMLElement, store: PageStore, actions: PageActions): void {
  const picker = element('div', { class: 'run-picker' });
  const figures = element('dl', { class: 'figures' });
  const tools = element('div', { class: 'header-tools' });
  header.append(picker, figures, tools);
  mountRunPicker(picker, store, actions);
  mountTools(tools, store, actions);
  let drawn = '';
  store.watch(['run'], () => {
    const { run } = store.current;
    const shown = run ? figuresOf(run) : [];
    const wanted = JSON.stringify(shown.map(({ about, name, value }) => [about.name, name, value]));
    // What a pointer rests on, to read its definition, is not taken away by what stays the same.
    if (wanted === drawn) return;
    drawn = wanted;
    figures.replaceChildren(...shown.map(drawFigure));
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
      listRuns(select, runs);
    }
    const selected = runs.find(({ key }) => key === store.current.runKey);
    picker.hidden = selected === undefined;
    if (!selected) return;
    select.value = String(selected.key);
    name.textContent = runName(selected);
    about.textContent = aboutRun(selected);
    picker.title = optionText(selected);
  });
  store.watch(['run', 'runKey'], () => {
    const { run, runKey } = store.current;
    if (run && run.run.key === runKey) picker.title = aboutWholeRun(run);
  });
}

/** Writes into the options that are there: an open list must not close because a trace grows. */
function listRuns(select: HTMLSelectElement, runs: readonly RunSummary[]): void {
  while (select.options.length > runs.length) select.options[runs.length]?.remove();
  runs.forEach((run, index) => {
    const option = select.options[index] ?? select.appendChild(element('option'));
    option.value = String(run.key);
    const text = optionText(run);
    if (option.textContent !== text) option.textContent = text;
  });
}

const noRuns: readonly RunSummary[] = [];

function runsOf(store: PageStore): readonly RunSummary[] {
  const { page } = store.current;
  return page.status === 'ready' ? page.summary.runs : noRuns;
}

const runName = (run: RunSummary): string =>
  readableText((run.name || run.id).slice(0, longestName));

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

/** With what the agent said of it. */
function aboutWholeRun({ run, metadata }: RunDetail): string {
  const said: readonly (readonly [string, string | null])[] = [
    ['Agent type', run.agentType],
    ['Session', run.sessionId],
    ['User', run.userId],
    ['Metadata', metadata],
  ];
  const lines = said.flatMap(([name, value]) =>
    value ? [`${name}: ${readableText(value.slice(0, longestSaid))}`] : [],
  );
  return [optionText(run), ...lines].join('\n');
}

interface Figure {
  readonly about: FigureDefinition;
  /** The definition's name when absent. */
  readonly name?: string;
  readonly value: string;
  readonly look?: 'warning' | 'error';
  /** Left out where the page is narrow. */
  readonly isMinor?: boolean;
}

function figuresOf(run: RunDetail): Figure[] {
  const metrics = runMetrics(run.steps.flatMap((step) => (step.call ? [step.call] : [])));
  return [...speeds(metrics), ...troubles(metrics)];
}

function speeds({ ttftP50Us, tokensPerSecond, iclP50Us, iclP95Us }: RunMetrics): Figure[] {
  const figures: Figure[] = [];
  if (ttftP50Us !== null) {
    figures.push({ about: runFigures.ttftP50, value: formatDuration(microseconds(ttftP50Us)) });
  }
  if (tokensPerSecond !== null) {
    figures.push({ about: runFigures.tokensPerSecond, value: tokensPerSecond.toFixed(1) });
  }
  if (iclP50Us !== null && iclP95Us !== null) {
    figures.push({
      about: runFigures.icl,
      value: pairOfDurations(iclP50Us, iclP95Us),
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

function troubles({ stalls, mayBeMoreStalls, bufferedBursts, failedCalls }: RunMetrics): Figure[] {
  const figures: Figure[] = [
    {
      about: runFigures.stalls,
      name: stalls === 1 ? 'stall' : 'stalls',
      value: formatStalls(stalls, mayBeMoreStalls),
      look: 'warning',
    },
    {
      about: runFigures.bufferedBursts,
      name: bufferedBursts === 1 ? 'buffered burst' : 'buffered bursts',
      value: String(bufferedBursts),
      look: 'warning',
      isMinor: true,
    },
    { about: runFigures.failed, name: 'failed', value: String(failedCalls), look: 'error' },
  ];
  return figures.filter(({ value }) => value !== '0');
}

function drawFigure({ about, name, value, look, isMinor }: Figure): HTMLElement {
  return element(
    'div',
    { class: isMinor ? 'figure wide-only' : 'figure', title: definitionInWords(about) },
    element('dt', {}, name ?? about.name),
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
