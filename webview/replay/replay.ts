/** The replay: the call's text appears as it came. Composes the clock, the controls and the text. */
import { endingLine } from '../shell/callEnding.js';
import { keptWords } from '../../src/model/formatting.js';
import type { Call } from '../../src/model/trace.js';
import { element } from '../shell/elements.js';
import type { PageActions } from '../state/actions.js';
import { leftOutSentence, toldGaps } from '../state/leftOut.js';
import { noTokensSentence } from '../state/missingTokens.js';
import type { PageStore } from '../state/pageStore.js';
import { selectedStep } from '../state/selection.js';
import { mountControls } from './controls.js';
import { listenToKeys } from './keys.js';
import { Player } from './player.js';
import { recordedResponse } from './recordedResponse.js';
import { mountText } from './text.js';

export function mountReplay(container: HTMLElement, store: PageStore, actions: PageActions): void {
  const player = new Player(store, actions);
  const note = element('div');
  /** Below the text, which must not be moved by it when the call ends. */
  const ending = element('div');
  const pane = element('div', { class: 'replay-pane' });
  const controls = element('div', { class: 'replay-controls' });
  container.classList.add('replay');
  container.append(
    element('h2', { class: 'section-title wide-only' }, 'Replay'),
    note,
    pane,
    ending,
    controls,
  );
  mountText(pane, store, actions);
  mountControls(controls, store, actions, player);
  listenToKeys(document, store, player);
  let drawn: Call | null = null;
  store.watch(['run', 'stepKey', 'detail', 'tokens'], () => {
    const call = selectedStep(store.current)?.call ?? null;
    if (call?.state === 'streaming' && drawn?.state === 'streaming') return;
    drawn = call;
    ending.replaceChildren(...(call ? endingLine(call) : []));
    const words = call ? noteOf(call, store.current) : null;
    note.replaceChildren(
      ...(words === null ? [] : [element('p', { class: 'replay-note' }, words)]),
    );
  });
}

/** What must be known about the text below; null where it is whole, or there is none yet. */
function noteOf(call: Call, model: PageStore['current']): string | null {
  const hasTokens = noTokensSentence(call) === null;
  const response = model.detail?.sections.find(({ title }) => title === 'Response');
  if (call.state === 'streaming') {
    return hasTokens && call.sampleRate < 1
      ? 'Only some of the tokens are kept: … stands for the others.'
      : null;
  }
  // Why there are no tokens is said by the token timeline, which is always in sight.
  if (!hasTokens) {
    if (recordedResponse(model)) return 'The response as it was recorded, without times:';
    return response?.text === ''
      ? 'Of its response, the file holds nothing.'
      : 'What the file holds of the response is in the Response tab.';
  }
  if (keptWords(call) === null) return null;
  const where =
    response && response.text !== '' ? ' The whole response is in the Response tab.' : '';
  const { tokens } = model;
  const [gap, ...others] = tokens ? toldGaps(tokens) : [];
  return tokens && gap !== undefined && others.length === 0
    ? `${leftOutSentence(call, tokens, gap)}.${where}`
    : `Only some of the tokens are kept: … stands for the others.${where}`;
}
