/** Lines of NDJSON into the log, with what was wrong about those that are no events. */
import { setImmediate as immediate } from 'node:timers/promises';
import type { EpochMicroseconds, Milliseconds } from '../../../model/units.js';
import type { EventSink } from '../../../store/log/traceEvent.js';
import type { Redaction } from '../../../redaction/redaction.js';
import { ArrivalClock } from './arrivalClock.js';
import { fieldErrors } from '../problem.js';
import { type SentEvent, eventSchema } from './eventSchemas.js';
import { EventsOfTurn } from './sentProgress.js';
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
const tokensInPiece = 200;
const lineFeed = 0x0a;

const decoder = new TextDecoder('utf-8', { fatal: true });

export class Ingest {
  /** Lines that were no events. */
  rejectedEvents = 0;
  private readonly sink: EventSink;
  private readonly translation: Translation;
  private readonly clock = new ArrivalClock();

  constructor({ sink, redaction }: { readonly sink: EventSink; readonly redaction: Redaction }) {
    this.sink = sink;
    this.translation = new Translation(redaction);
  }

  async accept(body: Buffer): Promise<IngestResult> {
    const arrivedAtUs = this.arrivalUs();
    const rejected: IngestResult['rejected'] = [];
    let accepted = 0;
    let rejectedCount = 0;
    let isWritten = true;
    const events = new EventsOfTurn();
    let workSince = performance.now();
    const isTurnOver = (): boolean => performance.now() - workSince > longestWorkMs;
    const nextTurn = async (): Promise<void> => {
      isWritten = this.sink.append(events.take()) && isWritten;
      await immediate();
      workSince = performance.now();
    };
    for (const { number, bytes } of linesOf(body)) {
      if (isTurnOver()) await nextTurn();
      if (isBlank(bytes)) continue;
      const event = readLine(bytes);
      if (typeof event === 'string') {
        rejectedCount++;
        this.rejectedEvents++;
        if (rejected.length < mostRejectedTold) rejected.push({ line: number, message: event });
        continue;
      }
      accepted++;
      for (const piece of piecesOf(event)) {
        if (isTurnOver()) await nextTurn();
        events.add(this.translation.eventsOf(piece, arrivedAtUs));
      }
    }
    // Also without an event: it tells whether what is sent once more has been written meanwhile.
    isWritten = this.sink.append(events.take()) && isWritten;
    return { accepted, rejected, rejected_count: rejectedCount, isWritten };
  }

  /** Calls of agents that were not heard of for that long are interrupted. */
  giveUpSilent(limitMs: Milliseconds): void {
    const events = this.translation.giveUpSilent(limitMs);
    if (events.length > 0) this.sink.append(events);
  }

  private arrivalUs(): EpochMicroseconds {
    return this.clock.now(this.translation.hasOpenCalls);
  }

  /** The capture ends: calls that are still open are interrupted. */
  endCalls(): void {
    this.sink.append(this.translation.endCalls(this.arrivalUs()));
  }
}

function* linesOf(body: Buffer): Generator<{ number: number; bytes: Buffer }> {
  let number = 0;
  for (let start = 0; start < body.length;) {
    const lineEnd = body.indexOf(lineFeed, start);
    const end = lineEnd < 0 ? body.length : lineEnd;
    number++;
    const bytes = body.subarray(start, end);
    yield { number, bytes };
    start = end + 1;
  }
}

/** Many tokens take longer than a turn may. */
function* piecesOf(sent: SentEvent): Generator<SentEvent> {
  if (sent.type !== 'llm_tokens') {
    yield sent;
    return;
  }
  let first_index = sent.first_index;
  for (let from = 0; from < sent.tokens.length; from += tokensInPiece) {
    const tokens = sent.tokens.slice(from, from + tokensInPiece);
    yield { ...sent, first_index, tokens };
    first_index = tokens.reduce((next, { index }) => (index ?? next) + 1, first_index);
  }
}

const isBlank = (bytes: Buffer): boolean =>
  bytes.length === 0 || (bytes.length < 100 && bytes.toString('latin1').trim() === '');

/** The event, or what is wrong with the line. */
function readLine(bytes: Buffer): SentEvent | string {
  if (bytes.length > longestLineBytes) {
    return `Longer than ${longestLineBytes / 1024 / 1024} MiB.`;
  }
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (thrown) {
    return thrown instanceof TypeError ? 'Not UTF-8.' : 'Not JSON.';
  }
  const parsed = eventSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first] = fieldErrors(parsed.error);
  return first ? `${first.field}: ${first.message}` : 'Not an event.';
}
