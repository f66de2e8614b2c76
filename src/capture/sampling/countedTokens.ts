/** All tokens of a call of which not all are kept: at its end, its figures and its text are made of them. */
import { contentTokens, countEmptyTokens } from '../../model/content.js';
import { type StallRule, computeCallMetrics } from '../../model/metrics.js';
import { type StreamShape, streamShape } from '../../model/streamShape.js';
import type { Token, TokenColumns } from '../../model/tokens.js';
import { microseconds } from '../../model/units.js';
import type { CallEnded, TokenText, TokensCame } from '../../store/log/traceEvent.js';
import { responseText } from '../../store/native/responseText.js';
import { storedFigures } from '../../store/native/storedFigures.js';

/** Beyond, figures and text are not known: memory is limited. */
const mostTokens = 1_000_000;
const mostCharacters = 16 * 1_024 * 1_024;

export interface TokenSums {
  /** Tokens that came. */
  readonly received: number;
  /** Those of them that have a text; null when they were too many. */
  readonly withText: number | null;
  readonly statistics: NonNullable<CallEnded['statistics']>;
  /** Null when they were too many. */
  readonly shape: StreamShape | null;
  /** What was said; empty where that is not kept. */
  readonly response: string;
  readonly isResponseTooLong: boolean;
}

interface CountedToken extends Omit<Token, 'text'> {
  readonly index: number;
  readonly readIndex: number;
  text: string;
}

export class CountedTokens {
  private nextIndex = 0;
  private readonly tokens = new Map<number, CountedToken>();
  private characters = 0;

  constructor(private readonly keepsText: boolean) {}

  add({ firstIndex, tokens, readIndex = -1 }: TokensCame): void {
    this.nextIndex = Math.max(this.nextIndex, firstIndex + tokens.length);
    if (this.nextIndex > mostTokens) return this.tokens.clear();
    for (const [position, [offsetUs, kind, text]] of tokens.entries()) {
      const index = firstIndex + position;
      this.tokens.set(index, { index, offsetUs, kind, readIndex, text: this.keptText(text) });
    }
  }

  /** The text of a token whose end had been withheld. */
  setText({ index, text }: TokenText): void {
    const token = this.tokens.get(index);
    if (token) token.text = this.keptText(text);
  }

  sums(): TokenSums {
    const tokens = [...this.tokens.values()].sort((one, other) => one.index - other.index);
    const received = this.nextIndex;
    const columns = columnsOf(tokens);
    const metrics = computeCallMetrics({
      ...{ columns, receivedTokens: received, stallRule: anyStallRule, clockSource: 'proxy' },
      ...{ durationUs: null, ttfcUs: null, completionTokens: null, tokenCountSource: null },
    });
    const isWhole = tokens.length === received;
    const isTextWhole = isWhole && this.characters <= mostCharacters;
    return {
      received,
      withText: isWhole ? received - countEmptyTokens(columns) : null,
      statistics: knownOf(storedFigures(metrics, {})),
      shape: isWhole ? streamShape(contentTokens(columns).columns, metrics) : null,
      response: this.keepsText && isTextWhole ? responseText(columns) : '',
      isResponseTooLong:
        this.keepsText && (received > mostTokens || this.characters > mostCharacters),
    };
  }

  /** Of a text that is not wanted, or no more, only whether there is one. */
  private keptText(text: string): string {
    this.characters += text.length;
    return this.keepsText && this.characters <= mostCharacters ? text : text && '.';
  }
}

/** Of many tokens at once, while streams wait. Times as a trace has them: never decreasing. */
function columnsOf(tokens: readonly CountedToken[]): TokenColumns {
  const count = tokens.length;
  const columns = {
    ...{ count, index: new Uint32Array(count), offsetUs: new Float64Array(count) },
    ...{ kind: new Uint8Array(count), readIndex: new Int32Array(count) },
    textEnd: new Uint32Array(count),
    text: Buffer.alloc(tokens.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)),
  };
  let end = 0;
  let latestUs = 0;
  for (const [position, { index, offsetUs, kind, readIndex, text }] of tokens.entries()) {
    latestUs = Math.max(latestUs, Math.round(offsetUs));
    end += columns.text.write(text, end);
    columns.index[position] = index;
    columns.offsetUs[position] = latestUs;
    columns.kind[position] = kind;
    columns.readIndex[position] = readIndex;
    columns.textEnd[position] = end;
  }
  return columns;
}

/** Stalls are found by the reader's rule. */
const anyStallRule: StallRule = { minimumUs: microseconds(Infinity), medianFactor: Infinity };

const knownOf = (figures: ReturnType<typeof storedFigures>): TokenSums['statistics'] =>
  Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== null));
