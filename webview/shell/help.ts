/** What the mouse, fingers and keys do. */
import { element } from './elements.js';
import { type Button, createButton } from '../toolkit.js';

interface Hint {
  /** Keys of one line are alternatives. */
  readonly keys: readonly string[];
  readonly does: string;
}

const timelines: readonly Hint[] = [
  {
    keys: ['Ctrl + wheel', 'pinch', '+', '−'],
    does: 'zoom; the wheel alone zooms too where nothing can be scrolled',
  },
  {
    keys: ['drag', 'Shift + wheel', '←', '→'],
    does: 'move along the run; in the token timeline the arrows go token by token',
  },
  {
    keys: ['←', '→'],
    does: 'on a stage or an agent close and open it; with Shift they move along the run',
  },
  { keys: ['0'], does: 'fit everything' },
  { keys: ['↑', '↓'], does: 'go from row to row; Enter selects' },
  { keys: ['click'], does: 'select a row and go to that moment' },
];

const replay: readonly Hint[] = [
  { keys: ['Space'], does: 'play and pause' },
  { keys: [',', '.'], does: 'one token back, one token on' },
  { keys: ['[', ']'], does: 'slower, faster' },
  { keys: ['Escape'], does: 'stop' },
];

const keys = ({ keys: names }: Hint): HTMLElement =>
  element('dt', {}, ...names.flatMap((name) => [element('kbd', {}, name), ' ']));

const list = (hints: readonly Hint[]): HTMLElement =>
  element('dl', {}, ...hints.flatMap((hint) => [keys(hint), element('dd', {}, hint.does)]));

/** Adds the dialog to the page; returns the button that opens it. */
export function mountHelp(): Button {
  const dialog = element(
    'dialog',
    { class: 'help', 'aria-label': 'Keys and mouse' },
    element('h2', {}, 'Timelines'),
    list(timelines),
    element('h2', {}, 'Replay'),
    list(replay),
    createButton({ label: 'Close', onClick: () => dialog.close() }),
  );
  document.body.append(dialog);
  // Its keys are not commands of the page behind it.
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  return createButton({
    label: 'Keys and mouse',
    icon: 'question',
    onClick: () => dialog.showModal(),
  });
}
