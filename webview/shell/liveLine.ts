/** The line over a call that streams: says so, and leads back to the newest token. */
import type { PageActions } from '../state/actions.js';
import { isStreaming } from '../state/following.js';
import type { PageStore } from '../state/pageStore.js';
import { createBadge, createButton } from '../toolkit.js';
import { element } from './elements.js';

export function mountLiveLine(place: HTMLElement, store: PageStore, actions: PageActions): void {
  const words = element('span', { role: 'status' });
  const jump = createButton({
    label: 'Jump to latest',
    title: 'Go to the newest token and follow those that come',
    onClick: () => {
      // The button goes away, and must not take the focus with it.
      line.focus({ preventScroll: true });
      actions.jumpToLatest();
    },
  });
  const line = element(
    'div',
    { class: 'live-line', role: 'group', 'aria-label': 'Live', tabindex: '-1' },
    createBadge('live'),
    words,
    jump,
  );
  place.append(line);
  store.watch(['run', 'stepKey', 'following'], () => {
    const streams = isStreaming(store.current);
    line.hidden = !streams;
    // Said once: a live region whose words stay the same is silent.
    const said = streams ? 'Streaming…' : '';
    if (words.textContent !== said) words.textContent = said;
    jump.classList.toggle('away', !store.current.following);
  });
}
