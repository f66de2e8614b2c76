/** The page's skeleton: its root, and where each part stands. */
import { element } from './elements.js';
import type { PageActions } from '../state/actions.js';
import type { PageStore } from '../state/pageStore.js';
import { mountAnnouncements } from './announcements.js';
import { mountBanners } from './banners.js';
import { type DetailSlots, createDetailPanel } from './detailPanel.js';
import { mountHeader } from './header.js';
import { mountLiveNews } from './liveNews.js';
import { mountPageState } from './pageState.js';
import { readableText } from './visibleText.js';

export interface Slots extends Omit<DetailSlots, 'root'> {
  readonly runTimeline: HTMLElement;
}

export function mountPage(body: HTMLElement, store: PageStore, actions: PageActions): Slots {
  const main = element('main', { 'aria-label': 'Trace', 'data-generation': '0' });
  const heading = element('h1', { class: 'visually-hidden' });
  const header = element('header', { class: 'header' });
  const banners = element('div');
  const state = element('div', { class: 'page-state' });
  const runTimeline = element('section', { class: 'slot-run-timeline' });
  const detail = createDetailPanel(store, actions);
  const content = element('div', { class: 'content' }, runTimeline, detail.root);

  mountHeader(header, store, actions);
  store.watch(['page'], () => {
    const { page } = store.current;
    header.hidden = page.status !== 'ready';
    // A failure has a heading that can be seen.
    heading.hidden = page.status === 'failed';
    const fileName = page.status === 'ready' ? page.summary.fileName : page.fileName;
    heading.textContent = readableText(fileName);
  });
  mountBanners(banners, store, actions);
  mountPageState(state, content, store, actions);
  const failures = mountAnnouncements(main, store);
  mountLiveNews(main, store);
  main.prepend(heading, header, failures, banners, state, content);
  body.append(main);

  followIdle(main, store);
  followWidth(store);
  return { runTimeline, ...detail };
}

/** For tests: whether anything is still to come, and which data are shown. */
function followIdle(main: HTMLElement, store: PageStore): void {
  store.onIdle((idle) => main.setAttribute('data-idle', String(idle)));
  store.watch(['page', 'run'], () => {
    const { page, run } = store.current;
    const generation = run?.generation ?? (page.status === 'ready' ? page.summary.generation : 0);
    main.setAttribute('data-generation', String(generation));
  });
}

/** The same width as in styles/shell.css. */
function followWidth(store: PageStore): void {
  const query = window.matchMedia('(max-width: 699px)');
  const follow = (): void => store.update({ narrow: query.matches });
  query.addEventListener('change', follow);
  follow();
}
