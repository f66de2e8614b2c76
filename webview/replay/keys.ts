/** The replay's keys, anywhere on the page except where the user is typing. */
import type { PageStore } from '../state/pageStore.js';
import type { Player } from './player.js';

const typing =
  'input:not([type="range"]):not([type="checkbox"]), textarea, select, [contenteditable], ' +
  '[role="combobox"], [role="listbox"], [role="textbox"], [role="dialog"], vscode-dropdown, ' +
  'vscode-text-field, vscode-option';
/** What the space bar means something else for. */
const pressable =
  'button, summary, a, [role="button"], [role="tab"], [role="option"], vscode-button';

export function listenToKeys(target: Document, store: PageStore, player: Player): void {
  const commands: Readonly<Record<string, () => void>> = {
    ' ': () => player.togglePlaying(),
    ',': () => player.step(-1),
    '.': () => player.step(1),
    '[': () => player.changeSpeed(-1),
    ']': () => player.changeSpeed(1),
    Escape: () => {
      if (store.current.playing || store.current.position >= 0) player.stop();
    },
  };
  target.addEventListener('keydown', (event) => {
    const command = commands[event.key];
    if (!command || event.defaultPrevented || player.track === null) return;
    // Some keyboards need AltGr, which counts as Ctrl + Alt, for the brackets.
    const withModifier = event.ctrlKey || event.altKey || event.metaKey;
    if (withModifier && !event.getModifierState('AltGraph')) return;
    if (isWithin(event, typing) || (event.key === ' ' && isWithin(event, pressable))) return;
    event.preventDefault();
    command();
  });
}

/** Looks also through the shadow roots of the toolkit's controls. */
const isWithin = (event: Event, selector: string): boolean =>
  event.composedPath().some((node) => node instanceof Element && node.matches(selector));
