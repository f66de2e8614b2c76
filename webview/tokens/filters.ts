/** The inputs above the grid: search and time range. */
import { element } from '../shell/elements.js';
import type { PageActions } from '../state/actions.js';
import type { PageStore } from '../state/pageStore.js';

/** After this long without another key, what was typed is searched. */
const quietMs = 100;

export interface Filters {
  readonly root: HTMLElement;
  /** Without times there is no range to choose. */
  setTimed(isTimed: boolean): void;
}

/** @param goToMatch Enter in the search field goes on, Shift+Enter back. */
export function createFilters(
  store: PageStore,
  actions: PageActions,
  goToMatch: (direction: 1 | -1) => void,
): Filters {
  const search = element('input', {
    type: 'text',
    class: 'field token-search',
    'aria-label': 'Search tokens',
    placeholder: 'Search tokens',
    spellcheck: 'false',
  });
  const from = timeField('From (ms)');
  const to = timeField('To (ms)');
  const typed = new Debounce(store, () =>
    actions.setTokenFilter({
      search: search.value,
      fromMs: numberOf(from),
      toMs: numberOf(to),
    }),
  );
  for (const field of [search, from, to]) field.addEventListener('input', () => typed.again());
  search.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    typed.now();
    goToMatch(event.shiftKey ? -1 : 1);
  });

  store.watch(['tokenFilter'], () => {
    // What is being typed is ahead of the filter.
    if (typed.isWaiting) return;
    const filter = store.current.tokenFilter;
    if (search.value !== filter.search) search.value = filter.search;
    showNumber(from, filter.fromMs);
    showNumber(to, filter.toMs);
  });
  return {
    root: element('div', { class: 'token-filters' }, search, from, to),
    setTimed(isTimed) {
      from.disabled = to.disabled = !isTimed;
    },
  };
}

const timeField = (name: string): HTMLInputElement =>
  element('input', {
    type: 'number',
    class: 'field',
    min: '0',
    step: 'any',
    'aria-label': name,
    placeholder: name,
  });

const numberOf = (field: HTMLInputElement): number | null =>
  Number.isFinite(field.valueAsNumber) ? field.valueAsNumber : null;

/** Leaves what is being typed ("1.", "1e") alone. */
function showNumber(field: HTMLInputElement, value: number | null): void {
  if (numberOf(field) !== value) field.value = value === null ? '' : String(value);
}

/** Does its work when the user paused. The page is not idle while something waits. */
class Debounce {
  private waiting: { readonly timer: number; readonly done: () => void } | null = null;

  constructor(
    private readonly store: PageStore,
    private readonly work: () => void,
  ) {}

  get isWaiting(): boolean {
    return this.waiting !== null;
  }

  again(): void {
    const before = this.waiting;
    if (before) clearTimeout(before.timer);
    void this.store.track(
      new Promise<void>((done) => {
        this.waiting = { timer: window.setTimeout(() => this.now(), quietMs), done };
      }),
    );
    before?.done();
  }

  now(): void {
    const { waiting } = this;
    if (!waiting) return;
    this.waiting = null;
    clearTimeout(waiting.timer);
    this.work();
    waiting.done();
  }
}
