/** The line that says how a call ended, when that was not a success. */
import { partialSentence } from '../../src/model/formatting.js';
import type { Call } from '../../src/model/trace.js';
import { createBadge } from '../toolkit.js';
import { element } from './elements.js';

/** Nothing for a call that completed, or that goes on. */
export function endingLine(call: Call): HTMLElement[] {
  const words = endingWords(call);
  if (words === '') return [];
  const line = element('p', { class: 'call-ending' }, createBadge(badgeText(call)), ` ${words}`);
  line.classList.toggle('failed', call.state === 'failed');
  return [line];
}

/** Empty for a call that completed, or that goes on. */
export const endingWords = (call: Call): string =>
  [partialSentence(call), call.errorMessage].filter((sentence) => sentence !== null).join(' ');

export function badgeText(call: Call): string {
  if (call.state === 'failed') return call.errorCode ?? 'failed';
  if (call.state === 'completed' && endingWords(call) === '') return 'completed';
  return call.receivedTokens > 0 ? 'partial' : call.state;
}
