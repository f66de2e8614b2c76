/** What must be known about the file while its data are shown. */
import { element, icon } from './elements.js';
import type { PageActions } from '../state/actions.js';
import type { PageStore } from '../state/pageStore.js';
import { createButton } from '../toolkit.js';

export function mountBanners(place: HTMLElement, store: PageStore, actions: PageActions): void {
  // Said when it happens, unlike the notes, which are there from the start.
  const troubles = element('div', { role: 'status', 'aria-label': 'Trouble with the file' });
  const notes = element('div');
  place.append(troubles, notes);
  let drawn = '';
  store.watch(['page', 'run', 'loadError'], () => {
    const { page, run, loadError } = store.current;
    const isReady = page.status === 'ready';
    // A trace that grows comes anew all the time: focus and unfolded notes stay.
    const notices = run?.notices ?? (isReady ? page.summary.notices : []);
    const wanted = JSON.stringify(isReady && [page.sourceLost, loadError, notices]);
    if (wanted === drawn) return;
    drawn = wanted;
    troubles.replaceChildren();
    notes.replaceChildren();
    if (!isReady) return;
    if (page.sourceLost) {
      const retry = createButton({ label: 'Try Again', onClick: () => actions.act('retry') });
      troubles.append(
        banner('debug-disconnect', `${page.sourceLost.message} ${staysSentence}`, retry),
      );
    }
    if (loadError) {
      const again = createButton({ label: 'Try Again', onClick: () => actions.reload() });
      troubles.append(banner('error', loadError.message, again));
    }
    if (notices.length > 0) notes.append(noteBanner(noticesText(notices)));
  });
}

const staysSentence = 'What was read before is shown until the file can be read again.';

const noticesText = (notices: readonly string[]): HTMLElement | string =>
  notices.length === 1
    ? (notices[0] ?? '')
    : element(
        'details',
        {},
        element('summary', {}, `${notices.length} notes about this file`),
        element('ul', {}, ...notices.map((notice) => element('li', {}, notice))),
      );

/** Not a warning: the trace is shown all the same. */
function noteBanner(text: Node | string): HTMLElement {
  const note = banner('info', text);
  note.classList.add('note');
  return note;
}

function banner(codicon: string, text: Node | string, button?: Node): HTMLElement {
  const made = element('div', { class: 'banner' }, icon(codicon), element('div', {}, text));
  if (button) made.append(button);
  return made;
}
