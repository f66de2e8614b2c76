/** The tabs Request, Response, Input, Output, Error and Raw: the texts of the selected step. */
import { formatCount, formatDuration } from '../../src/model/formatting.js';
import type { Step, StepDetail, StepSection } from '../../src/model/trace.js';
import { endingLine } from '../shell/callEnding.js';
import { element } from '../shell/elements.js';
import type { PageActions } from '../state/actions.js';
import type { PageStore } from '../state/pageStore.js';
import { selectedStep } from '../state/selection.js';
import { shownTab } from '../state/tabs.js';
import { type Button, createButton } from '../toolkit.js';
import { type Json, jsonTree } from './jsonTree.js';
import { longText } from './longText.js';

export function mountSections(
  container: HTMLElement,
  store: PageStore,
  actions: PageActions,
): void {
  let drawn = '';
  let place = '';
  container.classList.add('sections');

  store.watch(['detail', 'tab', 'run', 'stepKey', 'narrow'], () => {
    const { detail } = store.current;
    const step = selectedStep(store.current);
    const title = shownTab(store.current);
    const section = detail?.sections.find((one) => one.title === title) ?? null;
    // What the user unfolded and scrolled to stays as long as the same is shown, also when it was read again.
    const ending = title === 'Response' && step?.call ? { ...step.call, metrics: null } : null;
    const wanted = JSON.stringify([
      step?.id,
      step?.call ? ending : step && { ...step, key: null, parentKey: null },
      section,
      title,
      detail === null,
    ]);
    if (wanted === drawn) return;
    drawn = wanted;
    const isSamePlace = place === `${step?.id} ${title}`;
    place = `${step?.id} ${title}`;
    const before = container.querySelector('.section-body');
    const scrollTop = before?.scrollTop ?? 0;
    const wasFocused = before !== null && before === document.activeElement;
    container.replaceChildren(
      ...(step && !step.call ? [aboutStep(step)] : []),
      ...(section ? sectionView(section, step, actions) : [loadingOrNothing(detail)]),
    );
    const body = container.querySelector<HTMLElement>('.section-body');
    if (!isSamePlace || !body) return;
    body.scrollTop = scrollTop;
    if (wasFocused) body.focus({ preventScroll: true });
  });
}

const loadingOrNothing = (detail: StepDetail | null): HTMLElement =>
  element('p', { class: 'section-empty' }, detail ? 'The file holds no more.' : 'Loading…');

function sectionView(section: StepSection, step: Step | null, actions: PageActions): HTMLElement[] {
  const isResponse = section.title === 'Response';
  const ending = isResponse && step?.call ? endingLine(step.call) : [];
  if (section.text === '') {
    const what = section.title === 'Raw' ? 'raw data' : section.title.toLowerCase();
    const words = `The file holds no ${what} of this step.`;
    return [...ending, element('p', { class: 'section-empty' }, words)];
  }
  const body = element('div', {
    class: 'section-body',
    tabindex: '0',
    'aria-label': section.title,
  });
  body.setAttribute('role', 'group');
  const tools = element(
    'div',
    { class: 'section-tools' },
    createButton({
      label: `Copy ${section.title}`,
      icon: 'copy',
      onClick: () => actions.copy(section.text, section.title),
    }),
  );
  const value = section.format === 'json' ? parsed(section.text) : undefined;
  if (value === undefined) body.append(longText(section.text));
  else tools.prepend(foldingToggle(body, section.text, value));
  if (section.cutFrom !== null) tools.prepend(cutNote(section.text.length, section.cutFrom));
  return [...ending, tools, body];
}

/** Shows the folding tree at first, and the file's own text on demand. */
function foldingToggle(body: HTMLElement, text: string, value: Json): Button {
  let isTree = true;
  const button = createButton({
    label: 'Text',
    title: 'Show the text as it is in the file',
    onClick: () => {
      isTree = !isTree;
      show();
    },
  });
  const show = (): void => {
    body.replaceChildren(isTree ? jsonTree(value) : longText(text));
    button.setAttribute('aria-pressed', String(!isTree));
  };
  show();
  return button;
}

const cutNote = (shown: number, whole: number): HTMLElement =>
  element(
    'span',
    { class: 'section-note' },
    `The first ${formatCount(shown)} of ${formatCount(whole)} characters.`,
  );

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** What the row of the run timeline has no room for. */
function aboutStep(step: Step): HTMLElement {
  const list = element('dl', { class: 'step-facts' });
  const facts: (readonly [string, string | null])[] = [
    ['Step', step.name],
    ['Type', step.type.replaceAll('_', ' ')],
    ['From → to', step.between && `${step.between.from} → ${step.between.to}`],
    ['Status', step.status ?? (step.failed ? 'failed' : null)],
    ['Start', `${formatDuration(step.startUs)} after the run began`],
    ['Duration', step.durationUs === null ? null : formatDuration(step.durationUs)],
    [step.failed ? 'Error' : 'Summary', step.summary || null],
  ];
  for (const [name, value] of facts) {
    if (value !== null) list.append(element('dt', {}, name), element('dd', {}, value));
  }
  list.classList.toggle('failed', step.failed);
  return list;
}
