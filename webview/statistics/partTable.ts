/** The figures of each part of a stage, a row a part; written in place while they change. */
import { definitionInWords } from '../../src/model/definitions.js';
import type { PartFigures, SpanFigures } from '../../src/model/stageStatistics.js';
import { element } from '../shell/elements.js';
import { readableText } from '../shell/visibleText.js';
import { isWarning, setText } from './figureTable.js';
import { stageFigureRows } from './stageFigures.js';

/** Names come from outside and may be of any length. */
const longestName = 200;

interface PartRow {
  readonly row: HTMLElement;
  readonly cells: readonly HTMLElement[];
  written: PartFigures;
}

export class PartTable {
  private readonly head = element('tr');
  private readonly body = element('tbody');
  private readonly rows: PartRow[] = [];
  readonly root: HTMLElement;

  /** `title` names the table: "Phases"; `column` what a row is: "Phase". */
  constructor(
    title: string,
    private readonly column: string,
  ) {
    const table = element('table', {}, element('thead', {}, this.head), this.body);
    table.setAttribute('aria-label', title);
    // Wider than a narrow panel: scrolled by keys, too.
    const scroller = element(
      'div',
      { class: 'part-scroller', role: 'group', tabindex: '0', 'aria-label': `${title}, table` },
      table,
    );
    this.root = element('section', { class: 'parts' }, element('h2', {}, title), scroller);
  }

  write(parts: readonly PartFigures[]): void {
    this.root.hidden = parts.length === 0;
    const first = parts[0];
    if (!first) return;
    if (this.head.childElementCount === 0) this.writeHead(first);
    while (this.rows.length > parts.length) this.rows.pop()?.row.remove();
    parts.forEach((part, at) => this.writePart(part, at));
  }

  /** Of a stage that goes on, nearly all parts stay as they are. */
  private writePart(part: PartFigures, at: number): void {
    const known = this.rows[at];
    if (known && isSame(known.written, part)) return;
    const { name, figures } = part;
    const row = stageFigureRows(figures);
    const cells = this.rowAt(at, part, row.length);
    const shown = name.length > longestName ? `${name.slice(0, longestName)}…` : name;
    const words = [shown, ...row.map(({ value }) => value)];
    words.forEach((text, column) => {
      const cell = cells[column];
      if (!cell) return;
      setText(cell, readableText(text));
      const figure = row[column - 1];
      const note = figure?.note ?? '';
      if (cell.title !== note) cell.title = note;
      cell.classList.toggle('part-warning', figure !== undefined && isWarning(figure));
    });
  }

  private writeHead({ figures }: PartFigures): void {
    this.head.append(element('th', { scope: 'col' }, this.column));
    for (const { figure } of stageFigureRows(figures)) {
      const name = element('th', { scope: 'col', title: definitionInWords(figure) }, figure.name);
      this.head.append(name);
    }
  }

  private rowAt(at: number, written: PartFigures, figures: number): readonly HTMLElement[] {
    const known = this.rows[at];
    if (known) {
      known.written = written;
      return known.cells;
    }
    const name = element('th', { scope: 'row' });
    const cells = [name, ...Array.from({ length: figures }, () => element('td'))];
    const row = element('tr', {}, ...cells);
    this.body.append(row);
    this.rows.push({ row, cells, written });
    return cells;
  }
}

const isSame = (one: PartFigures, other: PartFigures): boolean =>
  one.name === other.name &&
  (Object.keys(one.figures) as (keyof SpanFigures)[]).every((figure) =>
    Object.is(one.figures[figure], other.figures[figure]),
  );
