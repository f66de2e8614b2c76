/** What redaction and recording cost: all of it is work of the process that proxies, behind the bytes. */
import { Recorder } from '../../src/capture/recorder/recorder.js';
import { createRedaction } from '../../src/redaction/redaction.js';
import { microseconds } from '../../src/model/units.js';
import { encodeEvent } from '../../src/store/log/logLines.js';
import type { TraceEvent } from '../../src/store/log/traceEvent.js';
import { type Figure, timeRuns } from './figures.js';

const tokenCount = 10_000;
const runs = 15;

/** Words, numbers, code and JSON, as models put them out. */
const tokens =
  'The quick brown fox jumps over the lazy dog; in 2024, 12 of 4500 "foxes" did.\n\nconst key = list[1]; {"a": "b", "n": 17} see https://example.com:8080/x?y=z '.split(
    /(?<=\s)/,
  );
const token = (position: number): string => tokens[position % tokens.length] ?? '';

const own = createRedaction({ useDefaults: true, keys: [], patterns: [] });

export async function benchRecorder(): Promise<Figure[]> {
  const megabyte = JSON.stringify({
    messages: Array.from({ length: 200 }, () => ({ role: 'user', content: prompt(5_000) })),
  });
  const perThousand = (samples: readonly number[]): number[] =>
    samples.map((sample) => (sample * 1_000) / tokenCount);
  return [
    {
      ...{ name: 'Redaction of 1 000 tokens', unit: 'ms', by: 'median', goal: 5, limit: 30 },
      samples: perThousand(await timeRuns(runs, redactTokens)),
    },
    {
      ...{ name: 'Recording of 1 000 reads, one token each, to lines', unit: 'ms' },
      ...{ by: 'median', goal: 30, limit: 200 },
      samples: perThousand(await timeRuns(runs, recordTokens)),
    },
    {
      ...{ name: 'Redaction of a request of 1 MB', unit: 'ms', by: 'median', goal: 30, limit: 300 },
      samples: await timeRuns(runs, () => own.jsonText(megabyte)),
    },
  ];
}

function redactTokens(): void {
  const stream = own.stream(() => undefined);
  for (let index = 0; index < tokenCount; index++) stream.add(index, token(index));
  stream.end();
}

async function recordTokens(): Promise<void> {
  let bytes = 0;
  const append = (events: readonly TraceEvent[]): boolean => {
    for (const event of events) bytes += encodeEvent(event).length;
    return bytes > 0;
  };
  const recorder = new Recorder({ redaction: own, runName: 'bench', sink: { append } });
  const observer = recorder.begin(
    {
      ...{ method: 'POST', upstream: 'openai', url: 'http://host/v1/chat/completions' },
      ...{ path: '/chat/completions', query: '', headers: {}, runName: null },
    },
    microseconds(0),
  );
  observer.requestSent(microseconds(1));
  const headers = { 'content-type': 'text/event-stream' };
  observer.responseHead({ status: 200, headers }, microseconds(2));
  for (let index = 0; index < tokenCount; index++) {
    const content = { choices: [{ index: 0, delta: { content: token(index) } }] };
    const read = Buffer.from(`data: ${JSON.stringify(content)}\n\n`);
    observer.responseRead(read, microseconds(3 + index));
  }
  observer.ended({ how: 'complete' }, { bytes: 1, isWhole: true }, microseconds(tokenCount));
  await recorder.close();
}

function prompt(length: number): string {
  let text = '';
  for (let position = 0; text.length < length; position++) text += token(position);
  return text;
}
