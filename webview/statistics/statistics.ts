/** The table "Statistics" of the selected call: figures with their definitions, and where they are from. */
import { type FigureDefinition, definitionInWords } from '../../src/model/definitions.js';
import { formatCount, provenanceSentence, unknownFigure } from '../../src/model/formatting.js';
import type { Call } from '../../src/model/trace.js';
import { endingLine } from '../shell/callEnding.js';
import { element, hiddenText, icon } from '../shell/elements.js';
import { readableText } from '../shell/visibleText.js';
import type { PageStore } from '../state/pageStore.js';
import { selectedStep } from '../state/selection.js';
import { shownTab } from '../state/tabs.js';
import { type FigureRow, figureRows } from './figures.js';

export function mountStatistics(container: HTMLElement, store: PageStore): void {
  const [figureBody, factBody] = [element('tbody'), element('tbody')];
  const table = element(
    'table',
    { class: 'statistics', 'aria-label': 'Statistics' },
    figureBody,
    factBody,
  );
  const ending = element('div');
  const provenance = element('p', { class: 'statistics-provenance' });
  const scroller = element('div', { class: 'statistics-scroller' }, ending, table, provenance);
  container.append(scroller);

  const figures = new Map<string, FigureElements>();
  const known = new Map<string, FactElements>();
  let drawnEnding = '';
  store.watch(['run', 'stepKey', 'settings', 'tab', 'narrow'], () => {
    // The figures of a stream change all the time: they are written when someone can see them.
    if (shownTab(store.current) !== 'Statistics') return;
    const call = selectedStep(store.current)?.call ?? null;
    table.hidden = call === null;
    const endingWords = JSON.stringify(call && endingOf(call));
    if (endingWords !== drawnEnding) ending.replaceChildren(...(call ? endingLine(call) : []));
    drawnEnding = endingWords;
    setText(provenance, call ? readableText(provenanceSentence(call)) : '');
    if (!call) return;
    for (const row of figureRows(call, store.current.settings.stallRule)) {
      const name = row.figure.name;
      let elements = figures.get(name);
      if (!elements) {
        elements = figureElements(row.figure);
        figures.set(name, elements);
        figureBody.append(elements.row, elements.explanation);
      }
      writeFigure(elements, row);
    }
    for (const [name, value] of facts(call)) {
      let elements = known.get(name);
      if (!elements) known.set(name, (elements = factElements(name)));
      if (!elements.row.isConnected) factBody.append(elements.row);
      elements.row.hidden = value === null;
      setText(elements.value, value === null ? '' : readableText(String(value)));
    }
  });
}

function setText(place: HTMLElement, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}

const endingOf = ({
  state,
  errorCode,
  errorMessage,
  finishReason,
  receivedTokens,
}: Call): unknown[] =>
  state === 'streaming' ? [] : [state, errorCode, errorMessage, finishReason, receivedTokens];

interface FigureElements {
  readonly row: HTMLElement;
  /** Below it: the definition, which hovering shows as well. */
  readonly explanation: HTMLElement;
  readonly value: HTMLElement;
  readonly unknown: HTMLElement;
  readonly note: HTMLElement;
}

/** Made once: what the user has unfolded, focused or selected stays while the figures change. */
function figureElements(definition: FigureDefinition): FigureElements {
  const { name } = definition;
  const id = `definition-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
  const button = element(
    'button',
    {
      type: 'button',
      class: 'statistics-name',
      title: definitionInWords(definition),
      'aria-controls': id,
      'aria-expanded': 'false',
    },
    name,
    icon('info'),
  );
  const explanation = element(
    'tr',
    { id, class: 'statistics-definition' },
    element('td', { colspan: '2' }, ...explained(definition)),
  );
  explanation.hidden = true;
  button.addEventListener('click', () => {
    explanation.hidden = !explanation.hidden;
    button.setAttribute('aria-expanded', String(!explanation.hidden));
  });
  const value = element('span', { class: 'statistics-value' });
  const unknown = hiddenText('not known: ');
  const note = element('span', { class: 'statistics-note' });
  const row = element(
    'tr',
    { title: definitionInWords(definition) },
    element('th', { scope: 'row' }, button),
    element('td', {}, value, unknown, note),
  );
  return { row, explanation, value, unknown, note };
}

function writeFigure(
  { row, value, unknown, note }: FigureElements,
  { figure, value: shown, note: words }: FigureRow,
): void {
  setText(value, shown);
  unknown.hidden = shown !== unknownFigure;
  setText(note, words);
  row.classList.toggle('statistics-warning', figure.name === 'Stalls' && /[1-9]/.test(shown));
}

interface FactElements {
  readonly row: HTMLElement;
  readonly value: HTMLElement;
}

function factElements(name: string): FactElements {
  const value = element('td', { class: 'statistics-fact' });
  return { row: element('tr', {}, element('th', { scope: 'row' }, name), value), value };
}

const explained = ({ definition, formula, source }: FigureDefinition): Node[] => [
  element('p', {}, definition),
  element('p', {}, element('code', {}, formula)),
  element('p', {}, `Source: ${source}`),
];

/** What the file says of the call besides the figures; null where it says nothing. */
function facts(call: Call): (readonly [string, string | number | null])[] {
  const of =
    call.receivedTokens > call.storedTokens ? ` of ${formatCount(call.receivedTokens)}` : '';
  return [
    ['Prompt tokens', call.promptTokens === null ? null : formatCount(call.promptTokens)],
    ['Chunks in the file', `${formatCount(call.storedTokens)}${of}`],
    ['Model', call.model],
    ['Provider', call.provider],
    ['Wire format', call.wireFormat],
    ['Streamed', call.streaming === null ? null : call.streaming ? 'yes' : 'no'],
    ['State', call.state],
    ['Error', call.errorCode],
    ['HTTP status', call.httpStatus],
  ];
}
