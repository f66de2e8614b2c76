/** The response of a call whose tokens the file does not hold: there is nothing to replay, but something to read. */
import { noTokensSentence } from '../state/missingTokens.js';
import type { PageModel } from '../state/pageModel.js';
import { selectedStep } from '../state/selection.js';

/** Longer ones are for the Response tab, which shows them bit by bit. */
const shownCharacters = 50_000;

/** Empty where the call has tokens, still streams, or has no response in plain words. */
export function recordedResponse(model: Pick<PageModel, 'run' | 'stepKey' | 'detail'>): string {
  const call = selectedStep(model)?.call;
  if (!call || call.state === 'streaming' || noTokensSentence(call) === null) return '';
  const response = model.detail?.sections.find(({ title }) => title === 'Response');
  return response?.format === 'text' ? response.text.slice(0, shownCharacters) : '';
}
