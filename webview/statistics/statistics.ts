/** The table "Statistics" of the selected call: figures with their definitions, and where they are from. */
import { type FigureDefinition, definitionInWords } from '../../src/model/definitions.js';
import { formatCount, provenanceSentence, unknownFigure } from '../../src/model/formatting.js';
import type { Call } from '../../src/model/trace.js';
import { endingLine } from '../shell/callEnding.js';
import { element, hiddenText, icon } from '../shell/elements.js';
import { readableText } from '../shell/visibleText.js';
import type { PageStore } from '../state/pageStore.js';
import { selectedStep } from '../state/selection.js';
import { type FigureRow, figureRows } from './figures.js';

export function mountStatistics(container: HTMLElement, store: PageStore): void {
  const body = element('tbody');
  const table = element('table', { class: 'statistics', 'aria-label': 'Statistics' }, body);
  const ending = element('div');
  const provenance = element('p', { class: 'statistics-provenance' });
  const scroller = element('div', { class: 'statistics-scroller' }, ending, table, provenance);
  container.append(scroller);

  /** Names of the figures whose definition the user opened. */
  const opened = new Set<string>();
  store.watch(['run', 'stepKey', 'settings'], () => {
    const call = selectedStep(store.current)?.call ?? null;
    table.hidden = call === null;
    ending.replaceChildren(...(call ? endingLine(call) : []));
    provenance.textContent = call ? readableText(provenanceSentence(call)) : '';
    // The figures of a stream change all the time, what the user has the focus on does not.
    const focused = body.contains(document.activeElement)
      ? document.activeElement?.getAttribute('aria-controls')
      : null;
    body.replaceChildren(
      ...(call ? rowsOf(call, figureRows(call, store.current.settings.stallRule), opened) : []),
    );
    if (focused)
      body
        .querySelector<HTMLElement>(`[aria-controls="${focused}"]`)
        ?.focus({ preventScroll: true });
  });
}

function rowsOf(call: Call, rows: readonly FigureRow[], opened: Set<string>): HTMLElement[] {
  return [
    ...rows.flatMap((row) => figure(row, opened)),
    ...facts(call).map(([name, value]) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, name),
        element('td', { class: 'statistics-fact' }, value),
      ),
    ),
  ];
}

/** A row, and below it the definition, which hovering shows as well. */
function figure(
  { figure: definition, value, note }: FigureRow,
  opened: Set<string>,
): HTMLElement[] {
  const { name } = definition;
  const id = `definition-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
  const button = element(
    'button',
    {
      type: 'button',
      class: 'statistics-name',
      title: definitionInWords(definition),
      'aria-controls': id,
    },
    name,
    icon('info'),
  );
  const explanation = element(
    'tr',
    { id, class: 'statistics-definition' },
    element('td', { colspan: '2' }, ...explained(definition)),
  );
  const show = (isOpen: boolean): void => {
    button.setAttribute('aria-expanded', String(isOpen));
    explanation.hidden = !isOpen;
    if (isOpen) opened.add(name);
    else opened.delete(name);
  };
  button.addEventListener('click', () => show(explanation.hidden !== false));
  show(opened.has(name));

  const figureCell = element('td', {}, element('span', { class: 'statistics-value' }, value));
  if (value === unknownFigure) figureCell.append(hiddenText('not known: '));
  if (note !== '') figureCell.append(element('span', { class: 'statistics-note' }, note));
  const row = element(
    'tr',
    { title: definitionInWords(definition) },
    element('th', { scope: 'row' }, button),
    figureCell,
  );
  row.classList.toggle('statistics-warning', name === 'Stalls' && /^[1-9]/.test(value));
  return [row, explanation];
}

const explained = ({ definition, formula, source }: FigureDefinition): Node[] => [
  element('p', {}, definition),
  element('p', {}, element('code', {}, formula)),
  element('p', {}, `Source: ${source}`),
];

/** What the file says of the call besides the figures; what it does not say is left out. */
function facts(call: Call): (readonly [string, string])[] {
  const of =
    call.receivedTokens > call.storedTokens ? ` of ${formatCount(call.receivedTokens)}` : '';
  const found: (readonly [string, string | number | null])[] = [
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
  return found.flatMap(([name, value]) => (value === null ? [] : [[name, String(value)] as const]));
}
