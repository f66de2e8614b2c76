/** Says things once, to the eye and to screen readers; failures stay until they are dismissed. */
import { element, icon } from './elements.js';
import type { PageStore } from '../state/pageStore.js';
import { createButton } from '../toolkit.js';

/** Returns the place for failures, which belongs to the page's flow. */
export function mountAnnouncements(main: HTMLElement, store: PageStore): HTMLElement {
  const notice = element('div', { class: 'notice', role: 'status', 'aria-label': 'Notice' });
  const failure = element('div', { role: 'alert' });
  main.append(notice);
  store.watch(['announcement'], () => {
    const { announcement } = store.current;
    failure.replaceChildren();
    if (announcement?.isError) {
      notice.textContent = '';
      failure.append(failureBanner(announcement.text, () => store.update({ announcement: null })));
    } else {
      // A new element starts the fading anew, and is announced although the words are the same.
      notice.replaceChildren(element('span', {}, announcement?.text ?? ''));
      notice.hidden = announcement === null;
      restartAnimation(notice);
    }
  });
  return failure;
}

function failureBanner(text: string, dismiss: () => void): HTMLElement {
  return element(
    'div',
    { class: 'banner' },
    icon('error'),
    element('span', {}, text),
    createButton({ label: 'Dismiss', icon: 'close', onClick: dismiss }),
  );
}

function restartAnimation(notice: HTMLElement): void {
  for (const animation of notice.getAnimations()) {
    animation.cancel();
    animation.play();
  }
}
