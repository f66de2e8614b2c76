/** Leads the run timeline back to the newest time while calls stream, when the line of the selected call does not. */
import type { PageActions } from '../state/actions.js';
import { isStreaming } from '../state/following.js';
import type { PageStore } from '../state/pageStore.js';
import { createButton } from '../toolkit.js';

export function createRunJump(store: PageStore, actions: PageActions): HTMLElement {
  const button = createButton({
    label: 'Jump to latest',
    title: 'Show the whole run and go along with its newest time',
    onClick: () => actions.setRunView(null),
  });
  button.classList.add('run-jump');
  store.watch(['nowUs', 'runFollows', 'run', 'stepKey'], () => {
    const { nowUs, runFollows } = store.current;
    button.hidden = nowUs === null || runFollows || isStreaming(store.current);
  });
  return button;
}
