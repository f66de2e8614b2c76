/** The table "Statistics" of the selected call: figures with their definitions, and where they are from. */
import { formatCount, provenanceSentence } from '../../src/model/formatting.js';
import type { Call } from '../../src/model/trace.js';
import { endingLine } from '../shell/callEnding.js';
import { element } from '../shell/elements.js';
import { readableText } from '../shell/visibleText.js';
import type { PageStore } from '../state/pageStore.js';
import { selectedStep } from '../state/selection.js';
import { shownTab } from '../state/tabs.js';
import { figureRows } from './figures.js';
import { type Fact, FigureTable, setText } from './figureTable.js';

export function mountStatistics(container: HTMLElement, store: PageStore): void {
  const table = new FigureTable('call');
  const ending = element('div');
  const provenance = element('p', { class: 'statistics-provenance' });
  const scroller = element('div', { class: 'statistics-scroller' }, ending, table.root, provenance);
  container.append(scroller);

  let drawnEnding = '';
  store.watch(['run', 'stepKey', 'settings', 'tab', 'narrow'], () => {
    // The figures of a stream change all the time: they are written when someone can see them.
    if (shownTab(store.current) !== 'Statistics') return;
    const call = selectedStep(store.current)?.call ?? null;
    scroller.hidden = call === null;
    const endingWords = JSON.stringify(call && endingOf(call));
    if (endingWords !== drawnEnding) ending.replaceChildren(...(call ? endingLine(call) : []));
    drawnEnding = endingWords;
    setText(provenance, call ? readableText(provenanceSentence(call)) : '');
    if (!call) return;
    table.write(figureRows(call, store.current.settings.stallRule), facts(call));
  });
}

const endingOf = ({
  state,
  errorCode,
  errorMessage,
  finishReason,
  receivedTokens,
}: Call): unknown[] =>
  state === 'streaming' ? [] : [state, errorCode, errorMessage, finishReason, receivedTokens];

/** What the file says of the call besides the figures; null where it says nothing. */
function facts(call: Call): Fact[] {
  const of =
    call.receivedTokens > call.storedTokens ? ` of ${formatCount(call.receivedTokens)}` : '';
  return [
    ['Prompt tokens', call.promptTokens === null ? null : formatCount(call.promptTokens)],
    ['Chunks in the file', `${formatCount(call.storedTokens)}${of}`],
    ['Model', call.model],
    ['Provider', call.provider],
    ['Wire format', call.wireFormat],
    ['Streamed', call.streaming === null ? null : call.streaming ? 'yes' : 'no'],
    ['State', call.state],
    ['Error', call.errorCode],
    ['HTTP status', call.httpStatus],
  ];
}
