/** One row of the label column. Its elements stay while its words change: what is pressed must not go away. */
import { waitingWords } from '../state/waiting.js';
import { element, hiddenText, icon } from '../shell/elements.js';
import { rowHeight } from './runLayout.js';
import type { RunRow } from './runRows.js';

export interface RowListener {
  select(row: RunRow): void;
  /** Closes the lane, or opens it. */
  toggle(row: RunRow): void;
}

export class RunLabel {
  /** For the pointer; keys have the arrows, and assistive technologies the button's own state. */
  private readonly twistie = icon('');
  private readonly glyph = icon('');
  private readonly name = element('span');
  private readonly type = hiddenText('');
  private readonly figures = element('span');
  readonly button = element(
    'button',
    { type: 'button' },
    this.twistie,
    this.glyph,
    this.name,
    this.type,
    this.figures,
  );
  readonly item = element('li', {}, this.button);
  private written = '';
  private placed = '';

  constructor(
    private row: RunRow,
    listener: RowListener,
  ) {
    this.name.className = 'run-row-name';
    this.button.addEventListener('click', ({ target }) => {
      const isSelected = this.button.hasAttribute('aria-current');
      const canToggle = this.row.isOpen !== null;
      if (canToggle && (isSelected || target === this.twistie)) listener.toggle(this.row);
      else listener.select(this.row);
    });
    this.write(row);
  }

  write(row: RunRow): void {
    this.row = row;
    const { step, name, figures, waitingUs, isOpen, stageWords } = row;
    // The picture says it to those who see it.
    const waits = waitingUs === null ? '' : `${waitingWords(waitingUs)}, `;
    const words = stageWords === '' ? '' : `${stageWords}, `;
    const typeLabel = `, ${row.typeLabel}, ${words}${waits}`;
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
      isOpen,
    ]);
    if (wanted === this.written) return;
    this.written = wanted;
    const twistie = isOpen === null ? '' : `codicon codicon-chevron-${isOpen ? 'down' : 'right'}`;
    this.twistie.className = `run-row-twistie ${twistie}`;
    if (isOpen === null) this.button.removeAttribute('aria-expanded');
    else this.button.setAttribute('aria-expanded', String(isOpen));
    this.glyph.className = `codicon codicon-${row.icon}`;
    this.name.textContent = name;
    this.type.textContent = typeLabel;
    this.figures.textContent = figures;
    this.figures.className = isSentence ? 'run-row-figures sentence' : 'run-row-figures';
    this.button.className = step.failed ? 'run-row failed' : 'run-row';
    this.button.title = figures === '' ? name : `${name}\n${figures}`;
    this.button.style.setProperty('--depth', depth);
  }

  /** Where it stands among `count` rows; Tab goes to it when it is the `current` one. */
  place(index: number, count: number, current: number, selected: number): void {
    const wanted = `${index} ${count} ${index === current} ${index === selected}`;
    if (wanted === this.placed) return;
    this.placed = wanted;
    const { item, button } = this;
    item.style.top = `${index * rowHeight}px`;
    item.dataset['row'] = String(index);
    item.setAttribute('aria-setsize', String(count));
    item.setAttribute('aria-posinset', String(index + 1));
    button.tabIndex = index === current ? 0 : -1;
    if (index === selected) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  }

  /** Takes the focus, or leaves it to another row. */
  set isTabStop(isTabStop: boolean) {
    this.button.tabIndex = isTabStop ? 0 : -1;
    this.placed = '';
  }
}
