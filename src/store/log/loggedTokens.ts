/** Tokens of a log into the rows of their calls: each index once, however often it comes. */
import type { StepKey } from '../../model/trace.js';
import type { Database, SqlValue } from '../database.js';
import { jsonText } from '../rowValues.js';
import type { ChangesInMaking } from '../traceChanges.js';
import type { TokensCame, TokenText } from './traceEvent.js';

interface CallState {
  /** Behind the last token that is stored. */
  nextIndex: number;
  readonly isAggregated: boolean;
  readonly hasEnded: boolean;
}

const largestIndex = 0xffff_ffff;

export class LoggedTokens {
  /** Of calls that stream. */
  private readonly states = new Map<StepKey, CallState>();
  /** Calls whose number of tokens is not yet in their row. */
  private readonly uncounted = new Set<StepKey>();

  constructor(
    private readonly database: Database,
    private readonly changes: () => ChangesInMaking,
  ) {}

  /** Returns how many were new. `late` is told of calls that had already ended. */
  add(call: StepKey, event: TokensCame, late: (call: StepKey) => void): number {
    const state = this.stateOf(call);
    // Its tokens were dropped on purpose.
    if (state.isAggregated || event.firstIndex + event.tokens.length > largestIndex) return 0;
    const known = this.knownIndexes(call, event, state);
    const isNew = (position: number): boolean => !known.has(event.firstIndex + position);
    const added = event.tokens.length - known.size;
    if (added === 0) return 0;
    this.database.runMany(
      `INSERT INTO llm_tokens (call_key, token_index, offset_us, kind, read_index, token, metadata)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      rowsOf(call, event, isNew),
    );
    if (event.firstIndex < state.nextIndex) this.changes().rewrote(call, event.firstIndex);
    this.changes().grew(call, added);
    state.nextIndex = Math.max(state.nextIndex, event.firstIndex + event.tokens.length);
    this.uncounted.add(call);
    if (state.hasEnded) late(call);
    return added;
  }

  /** False when there is no such token. */
  setText(call: StepKey, { index, text }: TokenText, late: (call: StepKey) => void): boolean {
    const key = [call, index];
    const row = this.database.get(
      `SELECT aggregated, (SELECT CAST(token AS BLOB) = CAST(? AS BLOB) FROM llm_tokens
         WHERE llm_tokens.call_key = llm_calls.call_key AND token_index = ?) AS is_same
       FROM llm_calls WHERE call_key = ?`,
      [text, index, call],
    );
    // All texts of an aggregated call were whole before its tokens were dropped.
    if (row?.['aggregated'] === 1 || row?.['is_same'] === 1) return true;
    if (typeof row?.['is_same'] !== 'number') return false;
    this.database.run('UPDATE llm_tokens SET token = ? WHERE call_key = ? AND token_index = ?', [
      text,
      ...key,
    ]);
    this.changes().rewrote(call, index);
    if (this.hasEnded(call)) late(call);
    return true;
  }

  /** Writes how many tokens came into the rows of the calls: once for many events. */
  storeCounts(): void {
    this.database.runMany(
      'UPDATE llm_calls SET chunk_count = max(chunk_count, ?) WHERE call_key = ?',
      [...this.uncounted].map((call) => [this.stateOf(call).nextIndex, call]),
    );
    this.uncounted.clear();
  }

  /** How many tokens came, those that were not stored among them. */
  received(call: StepKey): number {
    return this.stateOf(call).nextIndex;
  }

  hasEnded(call: StepKey): boolean {
    return this.stateOf(call).hasEnded;
  }

  /** The call has ended: what is known of it is different now, and rarely asked for. */
  forget(call: StepKey): void {
    this.uncounted.delete(call);
    this.states.delete(call);
  }

  private stateOf(call: StepKey): CallState {
    const known = this.states.get(call);
    if (known) return known;
    const row = this.database.get(
      `SELECT aggregated, state, (SELECT max(token_index) FROM llm_tokens WHERE llm_tokens.call_key = llm_calls.call_key) AS last
       FROM llm_calls WHERE call_key = ?`,
      [call],
    );
    const last = row?.['last'];
    const state: CallState = {
      nextIndex: typeof last === 'number' ? last + 1 : 0,
      isAggregated: row?.['aggregated'] === 1,
      hasEnded: row?.['state'] !== 'streaming',
    };
    this.states.set(call, state);
    return state;
  }

  private knownIndexes(
    call: StepKey,
    { firstIndex, tokens }: TokensCame,
    { nextIndex }: CallState,
  ): Set<number> {
    const known = new Set<number>();
    if (firstIndex >= nextIndex) return known;
    this.database.each(
      'SELECT token_index FROM llm_tokens WHERE call_key = ? AND token_index >= ? AND token_index < ?',
      [call, firstIndex, firstIndex + tokens.length],
      ([index]) => known.add(Number(index)),
    );
    return known;
  }
}

function* rowsOf(
  call: StepKey,
  { firstIndex, readIndex, tokens }: TokensCame,
  isNew: (position: number) => boolean,
): Generator<SqlValue[]> {
  for (const [position, [offsetUs, kind, text, metadata]] of tokens.entries()) {
    if (!isNew(position)) continue;
    yield [
      call,
      firstIndex + position,
      Math.round(offsetUs),
      kind,
      readIndex === undefined ? null : Math.floor(readIndex),
      text,
      metadata ? jsonText(metadata) : null,
    ];
  }
}
