/** Why a call has no tokens to show, in words: what is known and what is not. */
import { formatDate, formatTokens, keptWords } from '../../src/model/formatting.js';
import { hasTimes } from '../../src/model/replay.js';
import type { TokenColumns } from '../../src/model/tokens.js';
import type { Call } from '../../src/model/trace.js';

/** Null when there are tokens, or may be when the stream goes on. */
export function noTokensSentence(call: Call): string | null {
  if (call.storedTokens > 0) return null;
  if (call.sampleRate === 0 && !call.aggregated) return notStoredSentence(call);
  if (call.state === 'streaming') return 'No token has come yet.';
  if (call.aggregated && call.receivedTokens > 0) {
    const day = call.aggregatedAtUs === null ? '' : ` on ${formatDate(call.aggregatedAtUs)}`;
    return `${formatTokens(call.receivedTokens)} came and were aggregated${day}: the figures are kept, and none of the tokens.`;
  }
  if (call.receivedTokens > 0) {
    return `${formatTokens(call.receivedTokens)} came, but the file does not keep them one by one: when each of them came is not known.`;
  }
  if (call.state === 'failed') return 'The call failed before a token came.';
  if (call.state !== 'completed') return 'The call ended before a token came.';
  if (call.streaming === false) {
    return 'The response was not streamed: it came in one piece, so there are no times of single tokens.';
  }
  return 'The file holds no tokens of this call, so when each came is not known.';
}

/** What a reader of the tokens must know about them; null when they are whole and timed. */
export function tokensCaveat(call: Call, tokens: TokenColumns): string | null {
  if (tokens.count === 0) return null;
  if (!hasTimes(tokens, call.clockSource)) return 'order only: no timing';
  return keptWords(call);
}

function notStoredSentence(call: Call): string {
  if (call.state === 'streaming') {
    return 'Tokens of this call are not stored: its figures come when it has ended.';
  }
  return call.receivedTokens > 0
    ? `${formatTokens(call.receivedTokens)} came; they are not stored one by one, as the agent was set up.`
    : 'Tokens of this call are not stored, as the agent was set up.';
}
