/** What really happened, to compare a recording with. Times are those of {@link nowUs}: one clock for all processes. */
import type { IncomingHttpHeaders } from 'node:http';
import type { TokenKindName } from '../../src/model/tokens.js';
import type { Microseconds } from '../../src/model/units.js';
import type { Piece, Usage } from './answer.js';
import type { Ending } from './scenario.js';

export interface Truth {
  /** Also in the response's headers `x-mock-id` and `x-request-id`. */
  readonly id: string;
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** As the capture names it; null for what is no call of a model. */
  format: string | null;
  model: string | null;
  requestBytes: number;
  /** When the request's head had come, its body, and when the response's head went out. */
  readonly cameUs: Microseconds;
  bodyUs: Microseconds | null;
  headUs: Microseconds | null;
  status: number | null;
  /** The tokens that were really written, in order. */
  readonly tokens: TrueToken[];
  /** Bytes of the response's body, as they were before compression. */
  bytes: number;
  usage: Usage | null;
  endedUs: Microseconds | null;
  /** Null while it goes on; "client-left" when the client closed first. */
  ending: Ending | 'client-left' | 'upgraded' | 'error-status' | null;
}

export interface TrueToken {
  readonly kind: TokenKindName;
  readonly text: string;
  readonly choice?: number;
  readonly toolCall?: number;
  /** When its last byte was handed to the socket. */
  readonly writtenUs: Microseconds;
  /** Which of the response's writes that was; tokens of one write came together. */
  readonly write: number;
}

/** Older ones are forgotten. */
const mostTruths = 2_000;

export class Truths {
  private readonly noted = new Map<string, Truth>();

  add(truth: Truth): void {
    this.noted.set(truth.id, truth);
    const oldest = this.noted.keys().next();
    if (this.noted.size > mostTruths && !oldest.done) this.noted.delete(oldest.value);
  }

  /** In the order in which the requests came. */
  get all(): Truth[] {
    return [...this.noted.values()];
  }

  get latest(): Truth | undefined {
    return this.all.at(-1);
  }

  find(id: string): Truth | undefined {
    return this.noted.get(id);
  }
}

export const trueToken = (
  { kind, text, choice, toolCall }: Piece,
  writtenUs: Microseconds,
  write: number,
): TrueToken => ({
  ...{ kind, text, writtenUs, write },
  ...(choice === undefined ? {} : { choice }),
  ...(toolCall === undefined ? {} : { toolCall }),
});

/** The joined text of a kind, of the first choice or tool call unless another is asked for. */
export const trueText = (
  { tokens }: Truth,
  kind: TokenKindName,
  where: { readonly choice?: number; readonly toolCall?: number } = {},
): string =>
  tokens
    .filter((token) => token.kind === kind)
    .filter(
      ({ choice = 0, toolCall = 0 }) =>
        choice === (where.choice ?? 0) && toolCall === (where.toolCall ?? 0),
    )
    .map(({ text }) => text)
    .join('');
