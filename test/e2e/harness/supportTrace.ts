/** A small trace with times that are easy to check by head. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TokenKind } from '../../../src/model/tokens.js';
import { epochMicroseconds, microseconds } from '../../../src/model/units.js';
import { TraceWriter } from '../../../src/store/native/traceWriter.js';

const startedAtUs = epochMicroseconds(Date.UTC(2026, 2, 2, 14, 2, 11) * 1_000);
const at = (milliseconds: number) => epochMicroseconds(startedAtUs + milliseconds * 1_000);
const ms = (milliseconds: number) => microseconds(milliseconds * 1_000);

export const supportTrace = 'support.llmtrace';

/** "tok 1 ", "tok 2 ", …: each token can be told from the others by search. */
export const tokenNumber = (number: number): string => `tok ${number} `;

/** The 12th token comes at 620 ms, the 45th and last at 2 300 ms, after a gap of 400 ms before the 31st. */
const smoothTimes = Array.from({ length: 45 }, (_, position) => {
  const even = 180 + position * 40;
  return position < 30 ? even : even + 360;
});

/** The same, and between the 20th and the 21st token nothing comes for 4 s. */
const stalledTimes = smoothTimes.map((time, position) => (position < 20 ? time : time + 4_000));

/** Two runs, the newer one is shown first: it has a smooth, a stalled and a failed call and a tool. */
export async function writeSupportTrace(folder: string): Promise<void> {
  const writer = await TraceWriter.create();
  const run = writer.addRun({ id: 'run-1', name: 'Support question', startedAtUs });
  const call = (id: string, model: string, startMs: number, times: readonly number[]) => {
    const key = writer.startCall({
      ...{ id, run, name: 'chat', model, provider: 'openai', streaming: true },
      startedAtUs: at(startMs),
      clockSource: 'proxy',
      request: JSON.stringify({ model, messages: [{ role: 'user', content: 'Where is it?' }] }),
    });
    writer.addTokens(
      key,
      times.map((time, position) => ({
        offsetUs: ms(time),
        text: tokenNumber(position + 1),
        kind: TokenKind.text,
        readIndex: position,
      })),
    );
    return key;
  };

  const smooth = call('call-smooth', 'gpt-4o-mini', 0, smoothTimes);
  writer.endCall(smooth, {
    ...{ state: 'completed', durationUs: ms(2_304), httpStatus: 200, finishReason: 'stop' },
    ...{ completionTokens: 45, promptTokens: 20, tokenCountSource: 'usage' },
  });
  writer.addStep({
    ...{ id: 'tool-1', run, type: 'tool_call', name: 'lookup_order', status: 'completed' },
    ...{ startedAtUs: at(2_400), durationUs: ms(300) },
    data: { input: { order: 'A-17' }, output: { state: 'shipped' } },
  });
  const stalled = call('call-stalled', 'gpt-4o', 2_800, stalledTimes);
  writer.endCall(stalled, {
    ...{ state: 'completed', durationUs: ms(6_320), httpStatus: 200, finishReason: 'stop' },
    ...{ completionTokens: 45, promptTokens: 60, tokenCountSource: 'usage' },
  });
  const failed = call('call-failed', 'claude-sonnet', 9_200, []);
  writer.endCall(failed, {
    ...{ state: 'failed', durationUs: ms(120), httpStatus: 429, errorCode: 'RATE_LIMIT' },
    errorMessage: 'Number of request tokens has exceeded your per-minute rate limit',
  });
  writer.endRun(run, { status: 'completed', endedAtUs: at(9_400) });

  const second = writer.addRun({ id: 'run-2', name: 'Small talk', startedAtUs: at(-60_000) });
  const greeting = writer.startCall({
    ...{ id: 'call-greeting', run: second, name: 'chat', model: 'llama3.2', streaming: true },
    startedAtUs: at(-60_000),
    clockSource: 'proxy',
  });
  writer.addTokens(greeting, [
    { offsetUs: ms(90), text: 'Hello', kind: TokenKind.text },
    { offsetUs: ms(130), text: ' there', kind: TokenKind.text },
  ]);
  writer.endCall(greeting, { state: 'completed', durationUs: ms(140) });
  writer.endRun(second, { status: 'completed', endedAtUs: at(-59_800) });

  await writeFile(join(folder, supportTrace), writer.toBytes());
  writer.close();
}
