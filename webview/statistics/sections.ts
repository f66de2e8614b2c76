/** The tabs Request, Response, Input, Output, Error and Raw: the texts of the selected step. */
import { formatCount, formatDuration, keptWords } from '../../src/model/formatting.js';
import type { Call, Step, StepDetail, StepSection } from '../../src/model/trace.js';
import { endingLine } from '../shell/callEnding.js';
import { element } from '../shell/elements.js';
import type { PageActions } from '../state/actions.js';
import type { PageStore } from '../state/pageStore.js';
import { selectedStep } from '../state/selection.js';
import { shownTab } from '../state/tabs.js';
import { type Button, createButton } from '../toolkit.js';
import { type Json, jsonTree } from './jsonTree.js';
import { LongText } from './longText.js';

export function mountSections(
  container: HTMLElement,
  store: PageStore,
  actions: PageActions,
): void {
  let drawn = '';
  let place = '';
  let view: SectionView | null = null;
  container.classList.add('sections');

  store.watch(['detail', 'tab', 'run', 'stepKey', 'narrow'], () => {
    const { detail } = store.current;
    const step = selectedStep(store.current);
    const title = shownTab(store.current);
    const section = detail?.sections.find((one) => one.title === title) ?? null;
    const wanted = JSON.stringify([
      step?.id,
      step && !step.call ? { ...step, key: null, parentKey: null, stage: null } : null,
      title,
      detail === null,
      section && [section.format, section.text === '' && step?.call && keptWords(step.call)],
    ]);
    const call = title === 'Response' ? (step?.call ?? null) : null;
    // What the user unfolded, selected and scrolled to stays as long as the same is shown, also when it grows.
    if (wanted === drawn && (section === null || view?.grow(section))) {
      return view?.showEnding(call);
    }
    drawn = wanted;
    const isSamePlace = place === `${step?.id} ${title}`;
    place = `${step?.id} ${title}`;
    const before = container.querySelector('.section-body');
    const scrollTop = before?.scrollTop ?? 0;
    const wasFocused = before !== null && before === document.activeElement;
    view = section && new SectionView(section, actions, call);
    view?.showEnding(call);
    container.replaceChildren(
      ...(step && !step.call ? [aboutStep(step)] : []),
      ...(view ? view.parts : [loadingOrNothing(detail)]),
    );
    const body = container.querySelector<HTMLElement>('.section-body');
    if (!isSamePlace || !body) return;
    body.scrollTop = scrollTop;
    if (wasFocused) body.focus({ preventScroll: true });
  });
}

const loadingOrNothing = (detail: StepDetail | null): HTMLElement =>
  element('p', { class: 'section-empty' }, detail ? 'The file holds no more.' : 'Loading…');

class SectionView {
  readonly parts: readonly HTMLElement[];
  private readonly note = element('span', { class: 'section-note' });
  private readonly body = element('div', { class: 'section-body', role: 'group', tabindex: '0' });
  /** Below the text, which must not be moved by it when the call ends. */
  private readonly ending = element('div');
  private ended = '';
  /** Null for JSON, which is shown anew when it changes, and for a section without text. */
  private readonly text: LongText | null;

  constructor(
    private section: StepSection,
    actions: PageActions,
    /** Of a response. */
    call: Call | null,
  ) {
    const { title, format, text } = section;
    const value = format === 'json' && text !== '' ? parsed(text) : undefined;
    this.text = value === undefined && text !== '' ? new LongText(text) : null;
    this.parts =
      text === ''
        ? [nothingHeld(title, call), this.ending]
        : [this.tools(value, actions), this.body, this.ending];
    this.showCut();
  }

  /** Shows what came behind the text; false when it has changed otherwise. */
  grow(section: StepSection): boolean {
    const isSame = section.text === this.section.text;
    if (!isSame && !this.text?.grow(section.text)) return false;
    this.section = section;
    this.showCut();
    return true;
  }

  showEnding(call: Call | null): void {
    const line = call ? endingLine(call) : [];
    const words = line.map(({ textContent }) => textContent).join();
    if (words === this.ended) return;
    this.ended = words;
    this.ending.replaceChildren(...line);
  }

  private tools(value: Json | undefined, actions: PageActions): HTMLElement {
    const { title, text } = this.section;
    this.body.setAttribute('aria-label', title);
    const copy = createButton({
      label: `Copy ${title}`,
      icon: 'copy',
      onClick: () => actions.copy(this.section.text, title),
    });
    const tools = element('div', { class: 'section-tools' }, this.note, copy);
    if (this.text) this.body.append(this.text.root);
    else if (value !== undefined) copy.before(foldingToggle(this.body, text, value));
    return tools;
  }

  private showCut(): void {
    const { text, cutFrom } = this.section;
    this.note.hidden = cutFrom === null;
    const words =
      cutFrom === null
        ? ''
        : `The first ${formatCount(text.length)} of ${formatCount(cutFrom)} characters.`;
    if (this.note.textContent !== words) this.note.textContent = words;
  }
}

function nothingHeld(title: StepSection['title'], call: Call | null): HTMLElement {
  const kept = call && keptWords(call);
  if (call && kept !== null) {
    const when = call.state === 'streaming' ? ', or may come when the call has ended' : '';
    const words = `The whole response is not stored${when}. ${kept}.`;
    return element('p', { class: 'section-empty' }, words);
  }
  const what = title === 'Raw' ? 'raw data' : title.toLowerCase();
  return element('p', { class: 'section-empty' }, `The file holds no ${what} of this step.`);
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
    body.replaceChildren(isTree ? jsonTree(value) : new LongText(text).root);
    button.setAttribute('aria-pressed', String(!isTree));
  };
  show();
  return button;
}

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
