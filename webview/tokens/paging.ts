/** Below the grid: how many tokens match, the page size, and turning pages. */
import { formatCount, formatTokens } from '../../src/model/formatting.js';
import { element } from '../shell/elements.js';
import type { PageActions } from '../state/actions.js';
import type { PageStore } from '../state/pageStore.js';
import { createButton } from '../toolkit.js';
import { type Page, allRows } from './rows.js';

const offeredSizes = [50, 100, 500, 1_000, allRows];

export interface Paging {
  readonly root: HTMLElement;
  /** `received`: tokens that came, where not all of them are kept. */
  draw(page: Page, matching: number, all: number, received: number): void;
  /** While tokens come by themselves, their count is not to be read out each time. */
  setSilent(isSilent: boolean): void;
}

export function createPaging(
  store: PageStore,
  actions: PageActions,
  turn: (pages: 1 | -1) => void,
): Paging {
  const count = element('span', { 'aria-live': 'polite' });
  const clear = createButton({ label: 'Clear', onClick: () => clearFilter(actions) });
  clear.classList.add('token-clear');
  const size = element('select', { 'aria-label': 'Page size', class: 'field' });
  size.addEventListener('change', () => actions.setTokenFilter({ pageSize: Number(size.value) }));
  const previous = createButton({
    label: 'Previous page',
    icon: 'chevron-left',
    onClick: () => turn(-1),
  });
  const next = createButton({
    label: 'Next page',
    icon: 'chevron-right',
    onClick: () => turn(1),
  });
  const place = element('span');
  const pages = element('span', { class: 'token-pages' }, size, previous, place, next);
  return {
    root: element('div', { class: 'token-paging' }, count, clear, pages),
    setSilent: (isSilent) => count.setAttribute('aria-live', isSilent ? 'off' : 'polite'),
    draw(page, matching, all, received) {
      const { pageSize } = store.current.tokenFilter;
      const isFiltered = matching !== all;
      const text = isFiltered
        ? `${formatCount(matching)} of ${formatCount(all)} ${received > all ? 'kept ' : ''}${all === 1 ? 'token' : 'tokens'} match`
        : received > all
          ? `${formatCount(all)} of ${formatTokens(received)} kept`
          : formatTokens(all);
      if (count.textContent !== text) count.textContent = text;
      clear.hidden = !isFiltered;
      offerSizes(size, pageSize);
      previous.disabled = page.number === 0;
      next.disabled = page.number === page.count - 1;
      place.textContent = `${formatCount(page.number + 1)} / ${formatCount(page.count)}`;
    },
  };
}

export function clearFilter(actions: PageActions): void {
  actions.setTokenFilter({ search: '', fromMs: null, toMs: null });
}

/** The size of the settings may be one that is not among the usual ones. */
function offerSizes(select: HTMLSelectElement, chosen: number): void {
  const sizes = [...new Set([...offeredSizes, chosen])].sort((a, b) => a - b);
  if (select.length !== sizes.length) {
    select.replaceChildren(
      ...sizes.map((size) => {
        const label = size === allRows ? 'All' : `${formatCount(size)} per page`;
        return new Option(label, String(size));
      }),
    );
  }
  select.value = String(chosen);
}
