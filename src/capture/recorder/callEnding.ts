/** How a call ended: what its bytes said comes first, then what happened to its connections. */
import type { CallErrorCode, CallState } from '../../model/trace.js';
import type { ExchangeEnding } from '../exchange.js';

export interface EndingFacts {
  readonly ending: ExchangeEnding;
  /** Of the response's head; undefined when none came. */
  readonly status: number | undefined;
  /** An error that the response itself reported. */
  readonly error: { readonly code: CallErrorCode; readonly message: string } | undefined;
  /** The response came in pieces, of which the last one says so itself; else its end is that of its body. */
  readonly isStream: boolean;
  readonly hasTerminal: boolean;
  readonly endsWithTerminal: boolean;
  readonly tokens: number;
}

export interface CallEnding {
  readonly state: Exclude<CallState, 'streaming'>;
  readonly errorCode?: CallErrorCode;
  readonly errorMessage?: string;
}

export function callEnding(facts: EndingFacts): CallEnding {
  const { ending, error, status = 0 } = facts;
  if (error !== undefined) return failed(error.code, error.message);
  if (isWhole(facts)) {
    return status < 400
      ? { state: 'completed' }
      : failed('LLM_ERROR', `The upstream answered with status ${status}.`);
  }
  switch (ending.how) {
    case 'complete':
      return truncated(`The response ended without its last event, ${after(facts)}.`);
    case 'upstream-reset':
      return truncated(`The connection was closed by the upstream ${after(facts)}.`);
    case 'client-abort':
      return {
        state: 'aborted',
        errorCode: 'CLIENT_ABORT',
        errorMessage: `The agent closed the connection ${after(facts)}.`,
      };
    case 'timeout':
      return failed('TIMEOUT', ending.message);
    case 'unreachable':
      return failed('UPSTREAM_UNREACHABLE', ending.message);
    case 'refused':
      // Nobody but the capture itself said no: none of the codes means that.
      return { state: 'failed', errorMessage: ending.message };
    case 'stopped':
      return {
        state: 'interrupted',
        errorCode: 'INTERRUPTED',
        errorMessage: `The capture was stopped ${after(facts)}.`,
      };
  }
}

/** Nothing of the response is missing, whatever happened to the connections afterwards. */
function isWhole({ ending, isStream, hasTerminal, endsWithTerminal }: EndingFacts): boolean {
  if (isStream && hasTerminal) return true;
  return ending.how === 'complete' && !(isStream && endsWithTerminal);
}

function after({ status, tokens }: EndingFacts): string {
  if (tokens > 0) return `after ${tokens} ${tokens === 1 ? 'token' : 'tokens'}`;
  return status === undefined ? 'before there was a response' : 'before the first token';
}

const failed = (errorCode: CallErrorCode, errorMessage: string): CallEnding => ({
  ...{ state: 'failed', errorCode, errorMessage },
});

const truncated = (errorMessage: string): CallEnding => ({
  ...{ state: 'truncated', errorCode: 'TRUNCATED', errorMessage },
});
