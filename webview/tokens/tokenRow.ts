/** One row of the token grid. */
import {
  type TokenColumns,
  isBehindGap,
  tokenDelta,
  tokenKindLabels,
  tokenText,
  tokenTime,
} from '../../src/model/tokens.js';
import { type Microseconds, toMilliseconds } from '../../src/model/units.js';
import type { Call } from '../../src/model/trace.js';
import { formatCount } from '../../src/model/formatting.js';
import { element, hiddenText, icon } from '../shell/elements.js';
import { visiblePieces } from '../shell/visibleText.js';
import { type LeftOutWords, isDeltaUnknown, leftOutSentence } from '../state/leftOut.js';
import type { TextRange } from './search.js';

/** A longer token is cut in its row; "Copy token" copies all of it. */
const longestText = 300;

/** What a row needs to know of the call. */
export interface RowContext {
  readonly columns: TokenColumns;
  readonly call: Call;
  readonly isTimed: boolean;
  /** Positions of the tokens before which the stream stood still. */
  readonly stalled: ReadonlySet<number>;
  /** A delta of this many µs fills its bar. */
  readonly longestDeltaUs: number;
}

export interface RowState {
  readonly position: number;
  /** From 0, among the matching rows. */
  readonly row: number;
  readonly isCurrent: boolean;
  readonly matched: readonly TextRange[];
}

const cell = (name: string, ...children: Node[]): HTMLElement =>
  element('div', { class: `token-${name}`, role: 'gridcell' }, ...children);

/** The elements of a row; written again whenever it comes to stand for another token. */
export class TokenRow {
  private readonly index = cell('index');
  private readonly token = cell('text');
  private readonly time = cell('time');
  private readonly deltaText = element('span');
  private readonly bar = element('span', { class: 'token-bar', 'aria-hidden': 'true' });
  private readonly delta = cell('delta', this.deltaText, this.bar);
  private readonly swatch = element('span', { class: 'swatch', 'aria-hidden': 'true' });
  private readonly kindName = element('span', { class: 'token-kind-name' });
  private readonly copyButton = element(
    'button',
    { type: 'button', class: 'token-copy', 'aria-label': 'Copy token', title: 'Copy token' },
    icon('copy'),
  );
  private readonly kind = cell('kind', this.swatch, this.kindName, this.copyButton);
  readonly root = element(
    'div',
    { class: 'token-row', role: 'row' },
    this.index,
    this.token,
    this.time,
    this.delta,
    this.kind,
  );
  private readonly note = element('div', {
    class: 'token-note',
    role: 'gridcell',
    'aria-colspan': '5',
  });
  /** The token that the row stands for; of a note none. */
  position = noToken;
  /** What was written, so that a row which stays the same costs nothing while the call grows. */
  private written = '';
  private isCurrent: boolean | null = null;

  constructor(actions: { copy(position: number): void; choose(position: number): void }) {
    this.copyButton.addEventListener('click', (event) => {
      event.stopPropagation();
      actions.copy(this.position);
    });
    this.root.addEventListener('click', () => {
      if (this.position !== noToken) actions.choose(this.position);
    });
  }

  /** Says what is missing between two tokens, in place of one. */
  fillNote({ count, place, what }: LeftOutWords): void {
    const wanted = `${count} ${place} ${what}`;
    this.position = noToken;
    this.mark(false);
    if (wanted === this.written) return;
    this.written = wanted;
    this.root.classList.add('of-note');
    this.root.removeAttribute('id');
    this.root.removeAttribute('aria-rowindex');
    this.note.title = wanted;
    const between = element('span', { class: 'token-note-place' }, `${place} `);
    this.note.replaceChildren(`${count} `, between, what);
    this.root.replaceChildren(this.note);
  }

  fill(context: RowContext, state: RowState): void {
    const { call, columns, isTimed, stalled } = context;
    const { position } = state;
    const deltaUs = tokenDelta(columns, position);
    const isStall = stalled.has(position);
    const hasDelta = isTimed && !isDeltaUnknown(call, columns, position);
    const share = hasDelta ? Math.min(1, deltaUs / context.longestDeltaUs) : 0;
    const percent = Math.round(share * 100);
    this.position = position;
    const text = tokenText(columns, position);
    const wanted = JSON.stringify([
      ...[position, state.row, state.matched, columns.index[position], columns.offsetUs[position]],
      ...[deltaUs, text.slice(0, longestText), text.length],
      ...[columns.kind[position], isTimed, hasDelta, isStall, percent],
    ]);
    this.mark(state.isCurrent);
    if (wanted === this.written) return;
    this.written = wanted;
    if (this.note.isConnected) {
      this.root.replaceChildren(this.index, this.token, this.time, this.delta, this.kind);
      this.root.classList.remove('of-note');
    }
    this.root.id = rowId(position);
    this.root.setAttribute('aria-rowindex', String(state.row + 1));
    this.index.textContent = String(columns.index[position] ?? position);
    this.token.replaceChildren(...textNodes(text, state.matched));
    this.time.textContent = isTimed ? ms(tokenTime(columns, position)) : unknown;
    // At 0 there was no wait to be measured: the time of the request is not known.
    const isKnown = hasDelta && (position > 0 || deltaUs > 0);
    this.deltaText.textContent = isKnown ? `+${ms(deltaUs)}` : unknown;
    this.delta.classList.toggle('stall', isStall);
    if (isStall) this.deltaText.append(hiddenText(' stall'));
    this.delta.title = isBehindGap(columns, position)
      ? leftOutSentence(call, columns, position)
      : '';
    this.delta.classList.toggle('behind-gap', isBehindGap(columns, position));
    this.bar.style.width = `${percent}%`;
    const kind = tokenKindLabels[columns.kind[position] ?? -1] ?? 'other';
    this.swatch.className = `swatch ${kind.replaceAll(' ', '-')}`;
    this.kindName.textContent = kind;
    this.kind.title = kind;
  }

  /** Only the current row's button is in the order of the Tab key. */
  mark(isCurrent: boolean): void {
    if (isCurrent === this.isCurrent) return;
    this.isCurrent = isCurrent;
    this.root.classList.toggle('current', isCurrent);
    this.root.setAttribute('aria-selected', String(isCurrent));
    this.copyButton.tabIndex = isCurrent ? 0 : -1;
  }
}

const noToken = -2;

export const rowId = (position: number): string => `token-${position}`;

const unknown = '—';
const ms = (us: Microseconds): string => toMilliseconds(us).toFixed(1);

/** The token's text with what cannot be seen made visible, and what was searched for marked. */
function textNodes(text: string, matched: readonly TextRange[]): Node[] {
  const shown = text.slice(0, longestText);
  const nodes: Node[] = [];
  let next = 0;
  for (const piece of visiblePieces(shown)) {
    // A mark stands for its characters as a whole; other text is cut where a match begins and ends.
    let from = piece.from;
    while (from < piece.to) {
      while ((matched[next]?.to ?? Infinity) <= from) next++;
      const match = matched[next];
      const isMatched = match !== undefined && match.from <= from;
      const border = isMatched ? match.to : (match?.from ?? piece.to);
      const to = piece.isMark ? piece.to : Math.min(piece.to, border);
      const part = piece.isMark ? piece.text : shown.slice(from, to);
      nodes.push(textNode(part, piece.isMark, isMatched));
      from = to;
    }
  }
  if (text.length > longestText) {
    const left = formatCount(text.length - longestText);
    nodes.push(element('span', { class: 'token-mark' }, `… ${left} more characters`));
  }
  if (text === '') nodes.push(element('span', { class: 'token-mark' }, 'empty'));
  return nodes;
}

function textNode(text: string, isMark: boolean, isMatched: boolean): Node {
  const node = isMark
    ? element('span', { class: 'token-mark' }, text)
    : document.createTextNode(text);
  return isMatched ? element('mark', {}, node) : node;
}
