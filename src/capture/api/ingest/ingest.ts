/** Lines of NDJSON into the log, with what was wrong about those that are no events. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { epochUs } from '../../clock.js';
import type { EventSink, TraceEvent } from '../../../store/log/traceEvent.js';
import type { Redaction } from '../../redaction/redaction.js';
import { fieldErrors } from '../problem.js';
import { eventSchema } from './eventSchemas.js';
import { Translation } from './translation.js';

export interface IngestResult {
  /** Lines. */
  readonly accepted: number;
  /** The first of them. */
  readonly rejected: { readonly line: number; readonly message: string }[];
  readonly rejected_count: number;
  /** What was accepted survives the end of this process. */
  readonly isWritten: boolean;
}

export const longestLineBytes = 4 * 1024 * 1024;
const mostRejectedTold = 100;
/** Of one turn of the loop, which passes on the bytes of the proxy as well. */
const longestWorkMs = 4;
const lineFeed = 0x0a;

const decoder = new TextDecoder('utf-8', { fatal: true });

export class Ingest {
  private readonly sink: EventSink;
  private readonly translation: Translation;

  constructor({ sink, redaction }: { readonly sink: EventSink; readonly redaction: Redaction }) {
    this.sink = sink;
    this.translation = new Translation(redaction);
  }

  async accept(body: Buffer): Promise<IngestResult> {
    const arrivedAtUs = epochUs();
    const rejected: IngestResult['rejected'] = [];
    let accepted = 0;
    let rejectedCount = 0;
    let isWritten = true;
    let events: TraceEvent[] = [];
    let workSince = performance.now();
    for (const { number, bytes } of linesOf(body)) {
      if (performance.now() - workSince > longestWorkMs) {
        isWritten = this.sink.append(events) && isWritten;
        events = [];
        await nextTurn();
        workSince = performance.now();
      }
      const line = readLine(bytes);
      if ('event' in line) {
        accepted++;
        events.push(...this.translation.eventsOf(line.event, arrivedAtUs));
      } else {
        rejectedCount++;
        if (rejected.length < mostRejectedTold) rejected.push({ line: number, ...line });
      }
    }
    // Also without an event: it tells whether what is sent once more has been written meanwhile.
    isWritten = this.sink.append(events) && isWritten;
    return { accepted, rejected, rejected_count: rejectedCount, isWritten };
  }

  /** The capture ends: calls that are still open are interrupted. */
  endCalls(): void {
    this.sink.append(this.translation.endCalls(epochUs()));
  }
}

function* linesOf(body: Buffer): Generator<{ number: number; bytes: Buffer }> {
  let number = 0;
  for (let start = 0; start < body.length;) {
    const lineEnd = body.indexOf(lineFeed, start);
    const end = lineEnd < 0 ? body.length : lineEnd;
    number++;
    const bytes = body.subarray(start, end);
    if (!isBlank(bytes)) yield { number, bytes };
    start = end + 1;
  }
}

const isBlank = (bytes: Buffer): boolean =>
  bytes.length === 0 || (bytes.length < 100 && bytes.toString('latin1').trim() === '');

function readLine(bytes: Buffer) {
  if (bytes.length > longestLineBytes) {
    return { message: `Longer than ${longestLineBytes / 1024 / 1024} MiB.` };
  }
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (thrown) {
    return { message: thrown instanceof TypeError ? 'Not UTF-8.' : 'Not JSON.' };
  }
  const parsed = eventSchema.safeParse(value);
  if (parsed.success) return { event: parsed.data };
  const [first] = fieldErrors(parsed.error);
  return { message: first ? `${first.field}: ${first.message}` : 'Not an event.' };
}
