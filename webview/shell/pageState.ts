/** What stands in place of the trace while it is loading, when it failed, and when it is empty. */
import type { PageAction, PageState } from '../../src/protocol/pageMessages.js';
import type { RunDetail } from '../../src/model/trace.js';
import { element, icon } from './elements.js';
import type { PageActions } from '../state/actions.js';
import type { PageStore } from '../state/pageStore.js';
import { createButton } from '../toolkit.js';

const actionLabels: Readonly<Record<PageAction, string>> = {
  retry: 'Try Again',
  enterKey: 'Enter Key…',
  openLarge: 'Open Anyway',
  openAsText: 'Open as Text',
  showLog: 'Show Log',
  cancel: 'Cancel',
};

/** `content` is what is hidden meanwhile. */
export function mountPageState(
  place: HTMLElement,
  content: HTMLElement,
  store: PageStore,
  actions: PageActions,
): void {
  store.watch(['page', 'runKey', 'run', 'loadError'], () => {
    const { page, run, loadError } = store.current;
    const shown = stateOf(page, run, loadError !== null, actions);
    place.hidden = shown === null;
    content.hidden = shown !== null;
    place.replaceChildren(...(shown ?? []));
  });
}

/** Null when there is a run to show. */
function stateOf(
  page: PageState,
  run: RunDetail | null,
  hasFailed: boolean,
  actions: PageActions,
): Node[] | null {
  switch (page.status) {
    case 'loading':
      return [
        ...loading(page.what, page.fraction),
        createButton({ label: actionLabels.cancel, onClick: () => actions.act('cancel') }),
      ];
    case 'failed':
      return failed(page.fileName, page.error.message, page.actions, actions);
    case 'ready':
      if (page.summary.runs.length === 0) {
        return empty(
          'No runs yet',
          'This trace holds no runs. The page shows them as soon as they are written to the file.',
        );
      }
      if (!run) return hasFailed ? [] : loading('Reading the run…', 0);
      return run.steps.length === 0
        ? empty('An empty run', 'Nothing has been recorded in this run. Choose another one above.')
        : null;
  }
}

function loading(what: string, fraction: number): Node[] {
  const progress = element('div', { role: 'progressbar', 'aria-label': what }, icon('loading'));
  const percent = Math.round(fraction * 100);
  if (percent > 0) progress.setAttribute('aria-valuenow', String(percent));
  const text = percent > 0 ? `${what} ${percent} %` : what;
  return [progress, element('p', { role: 'status' }, text)];
}

function failed(
  fileName: string,
  sentence: string,
  offered: readonly PageAction[],
  actions: PageActions,
): Node[] {
  const buttons = offered.map((action, place) =>
    createButton({
      label: actionLabels[action],
      appearance: place === 0 ? 'primary' : 'secondary',
      onClick: () => actions.act(action),
    }),
  );
  return [
    icon('warning'),
    element('h1', {}, fileName),
    element('p', { role: 'alert' }, sentence),
    element('div', { class: 'page-state-actions' }, ...buttons),
  ];
}

const empty = (title: string, sentence: string): Node[] => [
  icon('pulse'),
  element('h2', {}, title),
  element('p', { class: 'dim' }, sentence),
];
