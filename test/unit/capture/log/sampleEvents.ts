/** Events of agents that never were, and what a trace holds of them. */
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { openReader } from '../../../../src/formats/registry.js';
import { TokenKind, tokenText } from '../../../../src/model/tokens.js';
import { epochMicroseconds, microseconds } from '../../../../src/model/units.js';
import { Database } from '../../../../src/store/database.js';
import { EventApplier } from '../../../../src/store/log/applyEvents.js';
import { parseLog } from '../../../../src/store/log/parseLog.js';
import type { TraceEvent } from '../../../../src/store/log/traceEvent.js';
import { TraceWriter } from '../../../../src/store/native/traceWriter.js';

const atUs = epochMicroseconds(1_700_000_000_000_000);

export const runStarted: TraceEvent = { type: 'run-started', runId: 'run', name: 'A run', atUs };

export const callStarted = (callId: string): TraceEvent => ({
  type: 'call-started',
  ...{ callId, runId: 'run', name: callId, atUs, clockSource: 'proxy', streaming: true },
});

/** Their texts name the call and the index: "call-1:17 ". */
export const tokensOf = (callId: string, firstIndex: number, count: number): TraceEvent => ({
  type: 'tokens',
  ...{ callId, firstIndex, readIndex: firstIndex },
  tokens: Array.from({ length: count }, (_, position) => [
    microseconds(1_000 * (firstIndex + position)),
    TokenKind.text,
    `${callId}:${firstIndex + position} `,
  ]),
});

export const callEnded = (callId: string): TraceEvent => ({
  type: 'call-ended',
  ...{ callId, state: 'completed', durationUs: microseconds(1_000_000) },
});

export interface StoredCall {
  readonly state: string;
  readonly tokens: readonly string[];
}

/** File and log as one, put together here and not by the store, which has tests of its own. */
export async function storedCalls(tracePath: string): Promise<Map<string, StoredCall>> {
  const writer = await TraceWriter.fromBytes(await readFile(tracePath));
  const log = await readFile(`${tracePath}-log`).catch(() => null);
  if (log) new EventApplier(writer).apply(parseLog(log).events);
  const image = writer.toBytes();
  writer.close();
  const reader = openReader(await Database.open(image), { keys: [] });
  const calls = new Map<string, StoredCall>();
  for (const run of reader.runs()) {
    for (const { id, key, call } of reader.steps(run.key)) {
      if (!call) continue;
      const columns = reader.tokens(key);
      const tokens = Array.from({ length: columns.count }, (_, index) => tokenText(columns, index));
      calls.set(id, { state: call.state, tokens });
    }
  }
  reader.close();
  return calls;
}

export const expectedTokens = (callId: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${callId}:${index} `);

/** Looks until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 30_000;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`It never became so: ${isSo.toString()}`);
    await pause(5);
  }
}
