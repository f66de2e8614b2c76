/** What the recording side hands over, made by hand. */
import type { Outbox, TokenBatch } from '../../../src/sending/outbox.js';
import type { CallEnd, CallStart, RunEnd, RunStart, StepEvent } from '../../../src/wire.js';

const atUs = 1_763_627_000_000_000;

export const runStart = (id: string): RunStart => ({
  ...{ type: 'run_start', run_id: id, name: id, timestamp_us: atUs },
});

export const runEnd = (id: string): RunEnd => ({
  ...{ type: 'run_end', run_id: id, status: 'completed', timestamp_us: atUs },
});

export const callStart = (id: string, run = 'run'): CallStart => ({
  ...{ type: 'llm_call_start', llm_call_id: id, run_id: run, streaming: true },
  ...{ timestamp_us: atUs, model: 'some-model' },
});

export const callEnd = (id: string): CallEnd => ({
  ...{ type: 'llm_call_end', llm_call_id: id, status: 'completed', duration_us: 1_000 },
});

export const stepEvent = (id: string, run = 'run'): StepEvent => ({
  ...{ type: 'event', step_id: id, run_id: run, step_type: 'custom', timestamp_us: atUs },
});

export const textOf = (index: number): string => `t${index} `;
export const textsUpTo = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => textOf(index));

export function batch(
  callId: string,
  firstIndex: number,
  count: number,
  text = textOf,
): TokenBatch {
  return {
    ...{ callId, firstIndex, count, bytes: count * 80 },
    toWireTokens: () =>
      Array.from({ length: count }, (_, place) => ({
        token: text(firstIndex + place),
        offset_us: firstIndex + place,
      })),
  };
}

/** A call of so many tokens from its start to its end. */
export function putCall(outbox: Outbox, id: string, tokens: number, run = 'run'): void {
  outbox.put(callStart(id, run));
  for (let index = 0; index < tokens; index += 1_000) {
    outbox.putTokens(batch(id, index, Math.min(1_000, tokens - index)));
  }
  outbox.put(callEnd(id));
}
