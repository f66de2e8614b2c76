/** The tokens of a call that may grow, as whoever shows them holds them: each reading asks only for what came. */
import { GrowingColumns } from '../model/growingColumns.js';
import { type TokenColumns, columnsOf } from '../model/tokens.js';
import { tokensInSlice } from './readTokens.js';
import type { TokenSlice } from './storeMessages.js';

export interface HeldTokens extends TokenColumns {
  /** The same object in an earlier reading says: its tokens are the first of these. */
  readonly origin?: object;
  /** Generation of the data in which these were all. */
  readonly generation?: number;
}

type Ask = (range: {
  readonly from: number;
  readonly count: number;
  readonly revision?: number;
}) => Promise<TokenSlice>;

/** Whether the tokens of `before` are the first ones of `now`, so that only those behind them are new. */
export const continues = (before: HeldTokens | null, now: HeldTokens): before is HeldTokens =>
  before?.origin !== undefined && before.origin === now.origin && before.count <= now.count;

export class FollowedTokens {
  private columns = new GrowingColumns(columnsOf([]));
  private count = 0;
  private revision: number | null = null;
  private origin: object = {};
  private reading: Promise<HeldTokens | null> = Promise.resolve(null);

  /** What the reading that was begun last has brought; null when it failed, and before the first. */
  get newest(): Promise<HeldTokens | null> {
    return this.reading;
  }

  /** All tokens in their newest state; one reading at a time. What was read stays when `ask` fails. */
  read(ask: Ask): Promise<HeldTokens> {
    const reading = this.reading.then(() => this.readNewest(ask));
    this.reading = reading.catch(() => null);
    return reading;
  }

  private async readNewest(ask: Ask): Promise<HeldTokens> {
    for (;;) {
      const { revision, count: from } = this;
      const slice = await ask({
        ...{ from, count: tokensInSlice },
        ...(revision === null ? {} : { revision }),
      });
      this.take(slice);
      if (slice.count === 0 || this.count >= slice.total) {
        return { ...this.columns.view(), origin: this.origin, generation: slice.generation };
      }
    }
  }

  private take(slice: TokenSlice): void {
    const from = Math.min(slice.from, slice.total, this.count);
    if (from < this.count) this.origin = {};
    this.columns.replaceFrom(from, slice);
    this.count = from + slice.count;
    this.revision = slice.revision;
  }
}
