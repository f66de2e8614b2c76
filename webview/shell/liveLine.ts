/** The line over a call that streams: says so, how it ended when it does, and leads back to the newest token. */
import { callLabel } from '../../src/model/formatting.js';
import type { Call } from '../../src/model/trace.js';
import type { PageActions } from '../state/actions.js';
import { isStreaming } from '../state/following.js';
import type { PageStore } from '../state/pageStore.js';
import { newestStreaming, selectedStep } from '../state/selection.js';
import { waitingUs, waitingWords } from '../state/waiting.js';
import { createBadge, createButton } from '../toolkit.js';
import { badgeText } from './callEnding.js';
import { element } from './elements.js';
import { readableText } from './visibleText.js';

export function mountLiveLine(place: HTMLElement, store: PageStore, actions: PageActions): void {
  const words = element('span', { role: 'status' });
  // A clock that is read out at each of its ticks would never let anyone hear anything else.
  const waiting = element('span', { class: 'live-waiting dim', 'aria-hidden': 'true' });
  const badge = createBadge('live');
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
    badge,
    words,
    waiting,
    jump,
  );
  place.append(line);
  /** The step that was seen streaming: its line stays when it ends, so that nothing below it jumps. */
  let seen: string | null = null;
  store.watch(['run', 'stepKey', 'following'], () => {
    const step = selectedStep(store.current);
    const streams = isStreaming(store.current);
    if (streams) seen = step?.id ?? null;
    else if (seen !== step?.id) seen = null;
    line.hidden = seen === null;
    line.setAttribute('aria-label', streams ? 'Live' : 'Ended');
    setText(badge, streams || !step?.call ? 'live' : badgeText(step.call));
    // Said once: a live region whose words stay the same is silent.
    setText(words, streams ? 'Streaming…' : seen !== null && step?.call ? ended(step.call) : '');
    const { run, following } = store.current;
    const isAway = streams ? !following : newestStreaming(run?.steps ?? []) !== null;
    jump.classList.toggle('away', isAway);
  });
  store.watch(['run', 'stepKey', 'nowUs'], () => {
    const step = selectedStep(store.current);
    const waits = step && waitingUs(step, store.current.nowUs);
    setText(waiting, waits === null ? '' : waitingWords(waits));
  });
}

const ended = (call: Call): string => readableText(`The stream has ended: ${callLabel(call)}.`);

function setText(place: HTMLElement, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}
