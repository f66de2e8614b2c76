/** What the killed capture records, and what of it must be there: every batch gives each stream of a wave a token. */
import { TokenKind } from '../../src/model/tokens.js';
import { epochMicroseconds, microseconds } from '../../src/model/units.js';
import type { TraceEvent } from '../../src/store/log/traceEvent.js';

export const streams = 100;
/** After so many batches the calls end, and others begin. */
export const batchesPerWave = 50;
/** 125 times a second 100 tokens. */
export const batchEveryMs = 8;

const atUs = epochMicroseconds(1_700_000_000_000_000);

export const callId = (process: number, wave: number, stream: number): string =>
  `${process}.${wave}.${stream}`;

export const tokenText = (call: string, index: number): string => `${call}:${index} é`;

/** The events of one batch, in one `append`. */
export function batchEvents(process: number, batch: number): TraceEvent[] {
  const wave = Math.floor(batch / batchesPerWave);
  const index = batch % batchesPerWave;
  const runId = `process ${process}`;
  const events: TraceEvent[] = [];
  if (batch === 0) events.push({ type: 'run-started', runId, name: runId, atUs });
  for (let stream = 0; stream < streams; stream++) {
    const call = callId(process, wave, stream);
    if (index === 0) {
      events.push({
        type: 'call-started',
        ...{ callId: call, runId, name: call, atUs, clockSource: 'proxy', streaming: true },
      });
    }
    events.push({
      type: 'tokens',
      ...{ callId: call, firstIndex: index, readIndex: index },
      tokens: [[microseconds(index * 1_000), TokenKind.text, tokenText(call, index)]],
    });
    if (index === batchesPerWave - 1) {
      events.push({
        type: 'call-ended',
        ...{ callId: call, state: 'completed', durationUs: microseconds(index * 1_000) },
      });
    }
  }
  return events;
}

export interface ReadCall {
  readonly state: string;
  readonly tokens: readonly string[];
}

/** What is missing or wrong of the acknowledged batches of one process; empty when all is there. */
export function missing(
  calls: ReadonlyMap<string, ReadCall>,
  process: number,
  acknowledged: number,
): string[] {
  const wrong: string[] = [];
  for (let wave = 0; wave * batchesPerWave < acknowledged; wave++) {
    const expected = Math.min(batchesPerWave, acknowledged - wave * batchesPerWave);
    for (let stream = 0; stream < streams; stream++) {
      const id = callId(process, wave, stream);
      const call = calls.get(id);
      const tokens = call?.tokens ?? [];
      // One batch more may be there: written, but the process died before it could say so.
      const isWhole = tokens.length >= expected && tokens.length <= expected + 1;
      const isRight = tokens.every((text, index) => text === tokenText(id, index));
      const states = expected === batchesPerWave ? ['completed'] : ['interrupted', 'completed'];
      if (!isWhole || !isRight || !states.includes(call?.state ?? '')) {
        wrong.push(`${id}: ${call?.state ?? 'missing'}, ${tokens.length} of ${expected} tokens`);
      }
    }
  }
  return wrong;
}
