/** The tokens of every call that was asked for, as columns that grow with the call. */
import { firstAtLeast } from '../model/search.js';
import { type TokenColumns, sliceColumns } from '../model/tokens.js';
import type { StepKey } from '../model/trace.js';
import type { TokenSlice, TraceRequests } from '../protocol/storeMessages.js';
import { BoundedCache } from './boundedCache.js';
import { GrowingColumns } from '../model/growingColumns.js';
import { GrowingLatencies } from './growingLatencies.js';
import type { TraceChanges } from './traceChanges.js';
import type { LastToken } from './traceReader.js';

interface Held {
  readonly columns: TokenColumns;
  /** Set for a call that has grown. */
  readonly growing: {
    readonly columns: GrowingColumns;
    readonly latencies: GrowingLatencies;
  } | null;
  /** From this position on they are to be read again; null when they are as the trace is. */
  readonly staleFrom: number | null;
}

/** Tokens that were there before are different from `position` on. */
interface Rewriting {
  readonly revision: number;
  readonly position: number;
}

/** Reads the tokens of a call: all of them, or those behind the last one that is held. */
export type ReadColumns = (call: StepKey, last: LastToken | null) => TokenColumns;

const cachedBytes = 128 * 1024 * 1024;
/** Whoever holds tokens of before that many rewritings reads them all anew. */
const keptRewritings = 64;

export class CallColumns {
  private readonly cache = new BoundedCache<StepKey, Held>(cachedBytes, ({ columns, growing }) =>
    growing ? 2 * sizeOf(columns) : sizeOf(columns),
  );
  private readonly rewritings = new Map<StepKey, Rewriting[]>();

  /** `firstRevision` is that of every call until some of its tokens change; later ones are larger. */
  constructor(
    private readonly read: ReadColumns,
    private readonly firstRevision: number,
  ) {}

  /** In order. They stay as they are; a later answer may share their buffers. */
  of(call: StepKey): TokenColumns {
    return this.held(call).columns;
  }

  /** For the metrics of the call; undefined for one that has not grown. */
  sortLatencies(call: StepKey): GrowingLatencies['sort'] | undefined {
    return this.held(call).growing?.latencies.sort;
  }

  /** In arrays that own their buffers. */
  slice(
    { call, from, count, revision }: TraceRequests['tokens']['params'],
    generation: number,
  ): TokenSlice {
    const columns = this.of(call);
    const unchanged = revision === undefined ? Infinity : this.unchangedSince(call, revision);
    const start = Math.max(0, Math.min(Math.floor(from), columns.count, unchanged));
    const end = Math.min(start + Math.max(0, Math.floor(count)), columns.count);
    return {
      ...sliceColumns(columns, start, end),
      ...{ generation, total: columns.count, from: start },
      revision: this.rewritings.get(call)?.at(-1)?.revision ?? this.firstRevision,
    };
  }

  /** `revision` is larger than any before. */
  changed({ grown, rewritten }: TraceChanges, revision: number): void {
    for (const call of new Set([...grown.keys(), ...rewritten.keys()])) {
      const held = this.cache.peek(call);
      const index = rewritten.get(call) ?? Infinity;
      // Nobody knows how far it was read, once it is not held any more.
      const position = held ? positionOf(held, index) : 0;
      if (held) this.cache.replace(call, { ...held, staleFrom: position });
      const isSeen = held ? position < held.columns.count : index < Infinity;
      if (isSeen) this.rewrote(call, { revision, position });
    }
  }

  clear(): void {
    this.cache.clear();
  }

  private held(call: StepKey): Held {
    const held = this.cache.get(call, () => ({
      ...{ columns: this.read(call, null), growing: null, staleFrom: null },
    }));
    if (held.staleFrom === null) return held;
    const fresh = this.refreshed(call, held, held.staleFrom);
    this.cache.replace(call, fresh);
    return fresh;
  }

  private refreshed(call: StepKey, held: Held, staleFrom: number): Held {
    const growing = held.growing ?? {
      columns: new GrowingColumns(held.columns),
      latencies: new GrowingLatencies(),
    };
    growing.columns.replaceFrom(staleFrom, this.read(call, lastBefore(held.columns, staleFrom)));
    return { columns: growing.columns.view(), growing, staleFrom: null };
  }

  private rewrote(call: StepKey, rewriting: Rewriting): void {
    const known = this.rewritings.get(call) ?? [];
    known.push(rewriting);
    if (known.length > keptRewritings) {
      const [oldest, ...others] = known;
      // What the oldest says holds for whoever is older than the next: he reads all.
      if (oldest && others[0]) others[0] = { revision: others[0].revision, position: 0 };
      this.rewritings.set(call, others);
    } else {
      this.rewritings.set(call, known);
    }
  }

  /** The position up to which tokens that were read at this revision are as they are now. */
  private unchangedSince(call: StepKey, revision: number): number {
    if (revision < this.firstRevision) return 0;
    return (this.rewritings.get(call) ?? []).reduce(
      (least, later) => (later.revision > revision ? Math.min(least, later.position) : least),
      Infinity,
    );
  }
}

/** Where the token of this index, or the next one, is among those that are held. */
function positionOf({ columns, staleFrom }: Held, index: number): number {
  const position = firstAtLeast(columns.index, index, 0, columns.count);
  return Math.min(position, staleFrom ?? Infinity);
}

function lastBefore({ index, offsetUs }: TokenColumns, position: number): LastToken | null {
  if (position === 0) return null;
  return { index: index[position - 1] ?? 0, offsetUs: offsetUs[position - 1] ?? 0 };
}

function sizeOf({ index, offsetUs, kind, readIndex, textEnd, text }: TokenColumns): number {
  return [index, offsetUs, kind, readIndex, textEnd, text].reduce(
    (sum, column) => sum + column.byteLength,
    // Calls without tokens are many, and not free.
    200,
  );
}
