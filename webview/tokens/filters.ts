/** The inputs above the grid: search and time range. */
import { element } from '../shell/elements.js';
import type { PageActions } from '../state/actions.js';
import type { PageStore } from '../state/pageStore.js';
import { createTextField } from '../toolkit.js';

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
  const later = createDebounce(store);
  const search = createTextField('Search tokens', (text) =>
    later(() => actions.setTokenFilter({ search: text })),
  );
  search.classList.add('token-search');
  search.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    goToMatch(event.shiftKey ? -1 : 1);
  });
  const from = timeField('From (ms)', (fromMs) => later(() => actions.setTokenFilter({ fromMs })));
  const to = timeField('To (ms)', (toMs) => later(() => actions.setTokenFilter({ toMs })));

  store.watch(['tokenFilter'], () => {
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

function timeField(name: string, change: (ms: number | null) => void): HTMLInputElement {
  const field = element('input', {
    type: 'number',
    class: 'field',
    min: '0',
    step: 'any',
    'aria-label': name,
    placeholder: name,
  });
  field.addEventListener('input', () => change(numberOf(field)));
  return field;
}

const numberOf = (field: HTMLInputElement): number | null =>
  Number.isFinite(field.valueAsNumber) ? field.valueAsNumber : null;

/** Leaves what is being typed ("1.", "1e") alone. */
function showNumber(field: HTMLInputElement, value: number | null): void {
  if (numberOf(field) !== value) field.value = value === null ? '' : String(value);
}

/** The page is not idle while something waits. */
function createDebounce(store: PageStore): (work: () => void) => void {
  let waiting: { readonly timer: number; readonly done: () => void } | null = null;
  return (work) => {
    if (waiting) {
      clearTimeout(waiting.timer);
      waiting.done();
    }
    void store.track(
      new Promise<void>((done) => {
        const timer = window.setTimeout(() => {
          waiting = null;
          work();
          done();
        }, quietMs);
        waiting = { timer, done };
      }),
    );
  };
}
