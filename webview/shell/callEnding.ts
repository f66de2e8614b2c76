/** The line above the text that says how the call ended, when that was not a success. */
import { partialSentence } from '../../src/model/formatting.js';
import type { Call } from '../../src/model/trace.js';
import { noTokensSentence } from '../state/missingTokens.js';
import { createBadge } from '../toolkit.js';
import { element } from './elements.js';

/** Nothing for a call that completed with tokens. */
export function endingLine(call: Call): HTMLElement[] {
  const sentences = [
    call.state === 'streaming' && call.storedTokens > 0 ? 'Streaming…' : null,
    partialSentence(call),
    partialSentence(call)?.startsWith('No response') ? null : noTokensSentence(call),
    call.errorMessage,
  ].filter((sentence) => sentence !== null);
  if (sentences.length === 0) return [];
  const badge = badgeText(call);
  const line = element('p', { class: 'call-ending' }, sentences.join(' '));
  if (badge !== null) line.prepend(createBadge(badge), ' ');
  line.classList.toggle('failed', call.state === 'failed');
  return [line];
}

function badgeText(call: Call): string | null {
  if (call.state === 'failed') return call.errorCode ?? 'failed';
  if (call.state === 'streaming') return 'live';
  if (call.state !== 'completed') return call.receivedTokens > 0 ? 'partial' : call.state;
  if (partialSentence(call) !== null) return 'partial';
  return call.streaming === false ? 'not streamed' : null;
}
