/** Where the parts that show the selected step stand, and the tabs between them. */
import { element } from './elements.js';
import { mountLiveLine } from './liveLine.js';
import type { PageActions } from '../state/actions.js';
import type { PageStore } from '../state/pageStore.js';
import { isStreaming } from '../state/following.js';
import { selectedStep } from '../state/selection.js';
import { shownTab, tabsOf } from '../state/tabs.js';

export interface DetailSlots {
  readonly root: HTMLElement;
  readonly tokenTimeline: HTMLElement;
  readonly replay: HTMLElement;
  readonly tokens: HTMLElement;
  readonly statistics: HTMLElement;
  readonly sections: HTMLElement;
}

export function createDetailPanel(store: PageStore, actions: PageActions): DetailSlots {
  const slots = {
    tokenTimeline: element('div', { class: 'slot-token-timeline' }),
    replay: element('div', { class: 'slot-replay', id: 'panel-replay' }),
    tokens: element('div', { class: 'detail-panel', id: 'panel-tokens' }),
    statistics: element('div', { class: 'detail-panel', id: 'panel-statistics' }),
    sections: element('div', { class: 'detail-panel', id: 'panel-sections' }),
  };
  const tabList = element('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Details' });
  const left = element('div', { class: 'detail-left' });
  mountLiveLine(left, store, actions);
  left.append(slots.tokenTimeline, slots.replay);
  const right = element(
    'div',
    { class: 'detail-right' },
    tabList,
    slots.tokens,
    slots.statistics,
    slots.sections,
  );
  const root = element('div', { class: 'detail' }, left, right);
  keepWhatIsRead(root, store, actions);

  store.watch(['narrow'], () => {
    // In one column the replay is a panel among the others, and must follow the tabs in reading order.
    if (store.current.narrow) right.insertBefore(slots.replay, slots.tokens);
    else left.append(slots.replay);
  });
  store.watch(['run', 'stepKey'], () => {
    const isCall = (selectedStep(store.current)?.call ?? null) !== null;
    root.classList.toggle('no-call', !isCall);
    left.hidden = !isCall;
  });
  mountTabs(tabList, store, actions);
  store.watch(['tab', 'run', 'stepKey', 'detail', 'narrow'], () => showPanel(slots, store));
  return { root, ...slots };
}

/**
 * Who does anything with a call that has ended stays there, also when the agent goes on to the next one; and who reads
 * a text or searches while it streams: its end must not take that away.
 */
function keepWhatIsRead(root: HTMLElement, store: PageStore, actions: PageActions): void {
  for (const type of ['wheel', 'touchmove', 'pointerdown', 'keydown']) {
    root.addEventListener(
      type,
      ({ target }) => {
        if (!store.current.following) return;
        if (!isStreaming(store.current) || isReadOrSearched(target)) actions.stopFollowing();
      },
      { passive: true },
    );
  }
}

/** The texts, and what is typed into; not the slider of the replay. */
const isReadOrSearched = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest('#panel-sections, input:not([type="range"])') !== null;

const tabId = (tab: string): string => `tab-${tab.toLowerCase()}`;

function panelOf(slots: Omit<DetailSlots, 'root'>, tab: string | null): HTMLElement | null {
  if (tab === null) return null;
  if (tab === 'Replay') return slots.replay;
  if (tab === 'Tokens') return slots.tokens;
  return tab === 'Statistics' ? slots.statistics : slots.sections;
}

function showPanel(slots: Omit<DetailSlots, 'root'>, store: PageStore): void {
  const { narrow } = store.current;
  const tab = shownTab(store.current);
  const shown = panelOf(slots, tab);
  const panels = [slots.replay, slots.tokens, slots.statistics, slots.sections];
  for (const panel of panels) {
    const isTabbed = panel !== slots.replay || narrow;
    panel.hidden = isTabbed && panel !== shown;
    if (isTabbed && tab !== null && panel === shown) {
      panel.setAttribute('role', 'tabpanel');
      panel.setAttribute('aria-labelledby', tabId(tab));
    } else {
      panel.removeAttribute('role');
      panel.removeAttribute('aria-labelledby');
    }
  }
}

function mountTabs(tabList: HTMLElement, store: PageStore, actions: PageActions): void {
  let drawn: readonly string[] = [];
  store.watch(['tab', 'run', 'stepKey', 'detail', 'narrow'], () => {
    const tabs = tabsOf(store.current);
    const shown = shownTab(store.current);
    if (tabs.join() !== drawn.join()) {
      drawn = tabs;
      tabList.replaceChildren(...tabs.map((tab) => tabButton(tab, actions)));
    }
    for (const button of tabList.querySelectorAll('button')) {
      const isShown = button.textContent === shown;
      button.setAttribute('aria-selected', String(isShown));
      button.tabIndex = isShown ? 0 : -1;
    }
  });
  tabList.addEventListener('keydown', (event) => {
    const tab = nextTab(event.key, tabsOf(store.current), shownTab(store.current));
    if (tab === null) return;
    event.preventDefault();
    actions.setTab(tab);
    tabList.querySelector<HTMLElement>(`#${tabId(tab)}`)?.focus();
  });
}

function tabButton(tab: string, actions: PageActions): HTMLButtonElement {
  const button = element(
    'button',
    { type: 'button', class: 'tab', role: 'tab', id: tabId(tab) },
    tab,
  );
  button.addEventListener('click', () => actions.setTab(tab));
  return button;
}

function nextTab(key: string, tabs: readonly string[], shown: string | null): string | null {
  const at = shown === null ? -1 : tabs.indexOf(shown);
  const places: Readonly<Record<string, number>> = {
    ArrowRight: (at + 1) % tabs.length,
    ArrowLeft: (at - 1 + tabs.length) % tabs.length,
    Home: 0,
    End: tabs.length - 1,
  };
  const place = places[key];
  return place === undefined ? null : (tabs[place] ?? null);
}
