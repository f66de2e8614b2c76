/** One row of the label column. Its elements stay while its words change: what is pressed must not go away. */
import { element, hiddenText, icon } from '../shell/elements.js';
import type { RunRow } from './runRows.js';

export class RunLabel {
  private readonly glyph = icon('');
  private readonly name = element('span');
  private readonly type = hiddenText('');
  private readonly figures = element('span');
  readonly button = element(
    'button',
    { type: 'button' },
    this.glyph,
    this.name,
    this.type,
    this.figures,
  );
  readonly item = element('li', {}, this.button);
  private written = '';

  constructor(
    private row: RunRow,
    onSelect: (row: RunRow) => void,
  ) {
    this.name.className = 'run-row-name';
    this.button.addEventListener('click', () => onSelect(this.row));
    this.write(row);
  }

  write(row: RunRow): void {
    this.row = row;
    const { step, name, typeLabel, figures } = row;
    // Figures matter more than the end of a name, a sentence less.
    const isSentence = figures !== '' && figures === step.summary;
    const depth = String(Math.min(step.depth, 8));
    const wanted = JSON.stringify([
      name,
      typeLabel,
      figures,
      row.icon,
      step.failed,
      isSentence,
      depth,
    ]);
    if (wanted === this.written) return;
    this.written = wanted;
    this.glyph.className = `codicon codicon-${row.icon}`;
    this.name.textContent = name;
    this.type.textContent = `, ${typeLabel}, `;
    this.figures.textContent = figures;
    this.figures.className = isSentence ? 'run-row-figures sentence' : 'run-row-figures';
    this.button.className = step.failed ? 'run-row failed' : 'run-row';
    this.button.title = figures === '' ? name : `${name}\n${figures}`;
    this.button.style.setProperty('--depth', depth);
  }
}
