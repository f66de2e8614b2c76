/** A table of figures with their definitions, and of facts below them; written in place while they change. */
import { type FigureDefinition, definitionInWords } from '../../src/model/definitions.js';
import { unknownFigure } from '../../src/model/formatting.js';
import { element, hiddenText, icon } from '../shell/elements.js';
import { readableText } from '../shell/visibleText.js';
import type { FigureRow } from './figures.js';

/** Null where nothing is known. */
export type Fact = readonly [name: string, value: string | number | null];

export class FigureTable {
  private readonly figureBody = element('tbody');
  private readonly factBody = element('tbody');
  readonly root = element(
    'table',
    { class: 'statistics', 'aria-label': 'Statistics' },
    this.figureBody,
    this.factBody,
  );
  private readonly figures = new Map<string, FigureElements>();
  private readonly facts = new Map<string, FactElements>();

  /** `of` is of what the figures are, in one word, as a part of ids. */
  constructor(private readonly of: string) {}

  write(rows: readonly FigureRow[], facts: readonly Fact[]): void {
    for (const row of rows) this.writeFigure(row);
    for (const fact of facts) this.writeFact(fact);
  }

  private writeFigure(row: FigureRow): void {
    const { name } = row.figure;
    let elements = this.figures.get(name);
    if (!elements) {
      elements = figureElements(row.figure, this.of);
      this.figures.set(name, elements);
      this.figureBody.append(elements.row, elements.explanation);
    }
    writeFigure(elements, row);
  }

  private writeFact([name, value]: Fact): void {
    let elements = this.facts.get(name);
    if (!elements) {
      elements = factElements(name);
      this.facts.set(name, elements);
      this.factBody.append(elements.row);
    }
    elements.row.hidden = value === null;
    setText(elements.value, value === null ? '' : readableText(String(value)));
  }
}

export function setText(place: HTMLElement, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}

/** Whether the figure tells of something wrong. */
export const isWarning = ({ figure, value }: FigureRow): boolean =>
  (figure.name === 'Stalls' || figure.name === 'Errors') && /[1-9]/.test(value);

interface FigureElements {
  readonly row: HTMLElement;
  /** Below it: the definition, which hovering shows as well. */
  readonly explanation: HTMLElement;
  readonly value: HTMLElement;
  readonly unknown: HTMLElement;
  readonly note: HTMLElement;
}

/** Made once: what the user has unfolded, focused or selected stays while the figures change. */
function figureElements(definition: FigureDefinition, of: string): FigureElements {
  const { name } = definition;
  const id = `definition-${of}-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
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

function writeFigure({ row, value, unknown, note }: FigureElements, figure: FigureRow): void {
  setText(value, figure.value);
  unknown.hidden = figure.value !== unknownFigure;
  setText(note, figure.note);
  row.classList.toggle('statistics-warning', isWarning(figure));
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
