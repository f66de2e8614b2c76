/**
 * The grid "Tokens": every token a row, of which only those on screen exist. The current row is the
 * page's current token. `aria-rowcount` and `aria-rowindex` count the tokens that match, over all pages,
 * and not the header.
 */
import { formatCount, formatTokens } from '../../src/model/formatting.js';
import { hasTimes } from '../../src/model/replay.js';
import { type TokenColumns, tokenText } from '../../src/model/tokens.js';
import type { Call } from '../../src/model/trace.js';
import { element } from '../shell/elements.js';
import type { PageActions } from '../state/actions.js';
import { leftOutWords, toldGaps } from '../state/leftOut.js';
import { noTokensSentence } from '../state/missingTokens.js';
import type { TokenFilter } from '../state/pageModel.js';
import type { PageStore } from '../state/pageStore.js';
import { selectedStep } from '../state/selection.js';
import { shownTab } from '../state/tabs.js';
import { createButton } from '../toolkit.js';
import { type Lines, linesOf } from './lines.js';
import { type Filters, createFilters } from './filters.js';
import { type Paging, clearFilter, createPaging } from './paging.js';
import { type MatchingRows, type Page, matchingRows, pageOf } from './rows.js';
import { RowList } from './rowList.js';
import { type SearchableText, matchedRanges, searchableText } from './search.js';
import { type RowContext, TokenRow, rowId } from './tokenRow.js';

export function mountTokenGrid(
  container: HTMLElement,
  store: PageStore,
  actions: PageActions,
): void {
  new TokenGrid(container, store, actions);
}

const header = [
  { name: 'Index', shown: '#' },
  { name: 'Token', shown: 'Token' },
  { name: 'Time', shown: 'Time', unit: 'ms since the request was sent' },
  { name: 'Delta', shown: 'Delta', unit: 'ms since the token above it' },
  { name: 'Kind', shown: 'Kind' },
];

const mostTokensPerFrame = 3;
const fastTokensEachMs = 100;

/** A delta of this many medians fills its bar. */
const mediansPerBar = 6;

interface Listed {
  readonly call: Call;
  readonly columns: TokenColumns;
  /** Where it is said what is missing. */
  readonly gaps: readonly number[];
  readonly context: RowContext;
  readonly searchable: () => SearchableText;
}

class TokenGrid {
  private readonly grid = element('div', {
    class: 'token-grid',
    role: 'grid',
    'aria-label': 'Tokens',
    'aria-colcount': String(header.length),
    tabindex: '0',
  });
  private readonly list: RowList<TokenRow>;
  private readonly empty = element('div', { class: 'token-empty' });
  private readonly filters: Filters;
  private readonly paging: Paging;
  private listed: Listed | null = null;
  /** Of run and step, as the file names them; null before any call is shown. */
  private listedName: string | null = null;
  private rows: MatchingRows | null = null;
  private page: Page = pageOf(0, 1, 0);
  private lines: Lines | null = null;
  private isFollowing = true;
  private wasPlaying = false;
  private lastPosition = -1;
  private shown = { position: -1, atMs: -Infinity };
  /** What `rows` were chosen by. */
  private filtered: TokenFilter | null = null;

  constructor(
    container: HTMLElement,
    private readonly store: PageStore,
    private readonly actions: PageActions,
  ) {
    this.filters = createFilters(store, actions, (direction) => this.goToMatch(direction));
    this.paging = createPaging(store, actions, (pages) => this.turnPage(pages));
    this.list = new RowList<TokenRow>({
      make: () => new TokenRow({ copy: (at) => this.copy(at), choose: (at) => this.choose(at) }),
      fill: (row, index) => this.fill(row, index),
    });
    container.classList.add('tokens');
    this.grid.append(headerRow(), this.list.root);
    container.append(this.filters.root, this.grid, this.empty, this.paging.root);
    this.grid.addEventListener('keydown', (event) => this.pressKey(event));
    for (const byHand of ['wheel', 'touchmove'] as const) {
      this.list.root.addEventListener(byHand, () => this.lookElsewhere(), { passive: true });
    }
    this.list.root.addEventListener('pointerdown', ({ target }) => {
      // Of the list itself only its scroll bar can be pressed.
      if (target === this.list.root) this.lookElsewhere();
    });
    // A banner that appears, say, must not push the followed token out of sight; and the tab may be shown anew.
    new ResizeObserver(() => this.showCurrent()).observe(this.list.root);
    store.watch(['tokens', 'run', 'stepKey'], () => this.take());
    store.watch(['tokenFilter'], () => this.filter());
    store.watch(['position', 'playing', 'following'], () => this.follow());
  }

  private take(): void {
    const { tokens } = this.store.current;
    const call = selectedStep(this.store.current)?.call ?? null;
    this.listed = call && tokens ? listedTokens(call, tokens) : null;
    this.paging.setSilent(call?.state === 'streaming');
    const isOther = this.listed !== null && this.isOtherCall();
    const highestIndex = tokens?.index[tokens.count - 1] ?? 0;
    this.grid.style.setProperty('--index-digits', String(String(highestIndex).length));
    this.filters.setTimed(this.listed?.context.isTimed ?? true);
    if (isOther) this.actions.setTokenFilter({ page: 0 });
    this.filter(isOther);
  }

  /** Whether the list is of another call than before, and not of the same one in a file that was read anew. */
  private isOtherCall(): boolean {
    const { run } = this.store.current;
    const name = `${run?.run.id ?? ''}\n${selectedStep(this.store.current)?.id ?? ''}`;
    const before = this.listedName;
    this.listedName = name;
    return before !== null && before !== name;
  }

  private filter(isOtherCall = false): void {
    const { tokenFilter } = this.store.current;
    this.filtered = tokenFilter;
    const { listed } = this;
    const shownBefore = this.page;
    this.rows = listed
      ? matchingRows(listed.columns, tokenFilter, listed.context.isTimed, listed.searchable)
      : null;
    const count = this.rows?.count ?? 0;
    this.page = pageOf(count, tokenFilter.pageSize, tokenFilter.page);
    this.grid.setAttribute('aria-rowcount', String(count));
    this.grid.hidden = !listed || listed.columns.count === 0;
    this.grid.classList.toggle('without-rows', count === 0);
    this.empty.hidden = count > 0;
    this.empty.replaceChildren(...(count > 0 ? [] : this.emptyWords()));
    this.paging.root.hidden = !listed || listed.columns.count === 0;
    this.paging.draw(
      this.page,
      count,
      listed?.columns.count ?? 0,
      listed?.call.receivedTokens ?? 0,
    );
    if (isOtherCall || this.page.number !== shownBefore.number) this.list.toTop();
    this.lines = this.rows && linesOf(this.rows, this.page, this.gapsToTell(this.rows));
    this.list.setLength(this.lines?.count ?? 0);
    this.showCurrent();
  }

  /** All of them beside what was found: who searches must know what was not. Else those in the chosen time. */
  private gapsToTell(rows: MatchingRows): readonly number[] {
    const gaps = rows.count === 0 ? [] : (this.listed?.gaps ?? []);
    if (this.store.current.tokenFilter.search !== '') return gaps;
    return gaps.filter((at) => rows.rowOf(at - 1) >= 0 && rows.rowOf(at) >= 0);
  }

  private emptyWords(): Node[] {
    const { listed } = this;
    if (!listed) return [document.createTextNode('Loading tokens…')];
    if (listed.columns.count === 0) {
      return [document.createTextNode(noTokensSentence(listed.call) ?? 'No tokens.')];
    }
    const { fromMs, toMs } = this.store.current.tokenFilter;
    const isTurned = fromMs !== null && toMs !== null && fromMs > toMs;
    const words = isTurned
      ? '“From” is later than “To”: no token can match.'
      : `0 of ${keptTokens(listed)} match.`;
    const missing = isTurned ? null : notSearched(listed);
    const clear = createButton({
      label: 'Clear search and range',
      onClick: () => clearFilter(this.actions),
    });
    return [element('p', {}, words), ...(missing ? [element('p', {}, missing)] : []), clear];
  }

  /** Row numbers of the list begin anew on each page. */
  private fill(row: TokenRow, index: number): void {
    if (!this.listed || !this.rows || !this.lines) return;
    const { call, columns } = this.listed;
    const { search } = this.store.current.tokenFilter;
    const line = this.lines.at(index);
    if ('noteBefore' in line) return row.fillNote(leftOutWords(call, columns, line.noteBefore));
    const number = line.row;
    const position = this.rows.positionOf(number);
    row.fill(this.listed.context, {
      position,
      row: number,
      isCurrent: position === this.store.current.position,
      matched: search === '' ? [] : matchedRanges(this.listed.searchable(), search, position),
    });
  }

  /** Keeps the current token in view, on whatever page it is, until the user looks elsewhere. */
  private follow(): void {
    const { playing, position, following } = this.store.current;
    const isAskedFor = position !== this.lastPosition || this.wasPlaying || following;
    if (playing ? !this.wasPlaying : isAskedFor) this.isFollowing = true;
    const isRunning = playing && this.wasPlaying;
    this.wasPlaying = playing;
    this.lastPosition = position;
    if (!isRunning || this.isReadable(position)) this.showCurrent();
  }

  /** Tokens that come faster than anyone can read rows are shown a few times a second only. */
  private isReadable(position: number): boolean {
    const isFast = position - this.shown.position > mostTokensPerFrame;
    return !isFast || performance.now() - this.shown.atMs >= fastTokensEachMs;
  }

  private lookElsewhere(): void {
    this.isFollowing = false;
    this.actions.stopFollowing();
  }

  private turnPage(pages: 1 | -1): void {
    this.lookElsewhere();
    this.actions.setTokenFilter({ page: this.page.number + pages });
  }

  private showCurrent(): void {
    if (shownTab(this.store.current) !== 'Tokens') return;
    const { position, tokenFilter } = this.store.current;
    this.shown = { position, atMs: performance.now() };
    const row = position < 0 ? -1 : (this.rows?.rowOf(position) ?? -1);
    for (const existing of this.list.existing) existing.mark(existing.position === position);
    if (row >= 0 && this.isFollowing) {
      const number = Math.floor(row / tokenFilter.pageSize);
      if (number !== this.page.number) return this.actions.setTokenFilter({ page: number });
      this.list.reveal(this.lines?.lineOf(row) ?? 0);
    }
    // A row that does not exist cannot be the active one.
    const isThere = this.list.existing.some((existing) => existing.position === position);
    if (isThere) this.grid.setAttribute('aria-activedescendant', rowId(position));
    else this.grid.removeAttribute('aria-activedescendant');
  }

  private choose(position: number): void {
    this.isFollowing = true;
    this.actions.moveTo(position);
  }

  private copy(position: number): void {
    if (this.listed) this.actions.copy(tokenText(this.listed.columns, position), 'Token');
  }

  private goToMatch(direction: 1 | -1): void {
    if (this.filtered !== this.store.current.tokenFilter) this.filter();
    const { rows } = this;
    if (!rows || rows.count === 0) return;
    const { position } = this.store.current;
    const next =
      direction === 1 ? rows.firstRowFrom(position + 1) : rows.firstRowFrom(position) - 1;
    this.choose(rows.positionOf((next + rows.count) % rows.count));
  }

  private pressKey(event: KeyboardEvent): void {
    const { rows } = this;
    if (!rows || rows.count === 0) return;
    const { position } = this.store.current;
    if ((event.ctrlKey || event.metaKey) && event.key === 'c') {
      if (position < 0 || getSelection()?.isCollapsed === false) return;
      event.preventDefault();
      return this.copy(position);
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = targetRow(event.key, rows, position, this.list.fitting);
    if (target === null) return;
    event.preventDefault();
    this.choose(rows.positionOf(Math.max(0, Math.min(target, rows.count - 1))));
    this.grid.focus({ preventScroll: true });
  }
}

function targetRow(
  key: string,
  rows: MatchingRows,
  position: number,
  fitting: number,
): number | null {
  // Between two matching rows, down goes to the next one and up to the one before.
  const below = rows.firstRowFrom(position + 1);
  const above = rows.firstRowFrom(position) - 1;
  switch (key) {
    case 'ArrowDown':
      return below;
    case 'ArrowUp':
      return above;
    case 'PageDown':
      return below - 1 + fitting;
    case 'PageUp':
      return above + 1 - fitting;
    case 'Home':
      return 0;
    case 'End':
      return rows.count - 1;
    default:
      return null;
  }
}

/** "20 kept tokens" */
function keptTokens({ call, columns }: Listed): string {
  const tokens = formatTokens(columns.count);
  return call.receivedTokens > columns.count ? tokens.replace(' ', ' kept ') : tokens;
}

/** What was not searched, and where to look; null where everything was. */
function notSearched({ call, columns }: Listed): string | null {
  const missing = call.receivedTokens - columns.count;
  if (missing <= 0) return null;
  const others = `The other ${formatCount(missing)} are not in the file`;
  return `${others}: look in the Response tab, where the whole response is kept if it was stored.`;
}

function headerRow(): HTMLElement {
  const row = element('div', { class: 'token-row token-header', role: 'row' });
  for (const { name, shown, unit } of header) {
    const cell = element('div', { role: 'columnheader', 'aria-label': name }, shown);
    cell.classList.add(`token-${name === 'Token' ? 'text' : name.toLowerCase()}`);
    if (unit !== undefined) cell.title = unit;
    row.append(cell);
  }
  return row;
}

function listedTokens(call: Call, columns: TokenColumns): Listed {
  const { icl, stalls } = call.metrics;
  /** From one kept token to the next as many others came, on the average; aggregated ones are neighbours. */
  const leftOut = call.aggregated
    ? 1
    : Math.max(1, call.receivedTokens / Math.max(1, columns.count));
  let searchable: SearchableText | null = null;
  return {
    call,
    columns,
    gaps: toldGaps(columns),
    context: {
      columns,
      isTimed: hasTimes(columns, call.clockSource),
      call,
      stalled: new Set(stalls.flatMap(({ after }) => (after === null ? [] : [after + 1]))),
      longestDeltaUs: leftOut * (mediansPerBar * (icl?.p50 ?? 0) || (icl?.max ?? 0)) || 1,
    },
    searchable: () => (searchable ??= searchableText(columns)),
  };
}
