/** An outbox that keeps what it is given, as it would be sent. */
import type { OpenStream, Outbox, TokenBatch } from '../../../src/sending/outbox.js';
import type { Trace, TraceOptions } from '../../../src/api.js';
import { Destinations } from '../../../src/destinations.js';
import { createTrace } from '../../../src/trace.js';
import type { WireEvent, WireToken } from '../../../src/wire.js';

type Kind = WireEvent['type'];
export type EventOf<T extends Kind> = Extract<WireEvent, { type: T }>;

export class RecordingOutbox implements Outbox {
  readonly events: WireEvent[] = [];
  readonly streams = new Set<OpenStream>();
  readonly runs = new Set<{ interrupt(): void }>();

  constructor(readonly enabled = true) {}

  put(event: WireEvent): void {
    this.events.push(JSON.parse(JSON.stringify(event)) as WireEvent);
  }

  putTokens(batch: TokenBatch): void {
    const { callId, firstIndex, count } = batch;
    const tokens = batch.toWireTokens();
    if (tokens.length !== count) throw new Error(`${count} tokens were told, not given.`);
    this.put({ type: 'llm_tokens', llm_call_id: callId, first_index: firstIndex, tokens });
  }

  openStream(stream: OpenStream): void {
    this.streams.add(stream);
  }

  closeStream(stream: OpenStream): void {
    this.streams.delete(stream);
  }

  openRun(run: { interrupt(): void }): void {
    this.runs.add(run);
  }

  closeRun(run: { interrupt(): void }): void {
    this.runs.delete(run);
  }

  flush(): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** As at the end of a process. */
  finish(): void {
    for (const stream of [...this.streams]) stream.interrupt('The process ended.');
    for (const run of [...this.runs]) run.interrupt();
  }

  of<T extends Kind>(type: T): EventOf<T>[] {
    return this.events.filter((event): event is EventOf<T> => event.type === type);
  }

  /** The only one of its type. */
  only<T extends Kind>(type: T): EventOf<T> {
    const found = this.of(type);
    const [event] = found;
    if (!event || found.length > 1) throw new Error(`There are ${found.length} of ${type}.`);
    return event;
  }

  /** A run, step or call by its name. */
  named(name: string): {
    readonly id: string;
    readonly parent: string | undefined;
    readonly run: string;
  } {
    for (const event of this.events) {
      if (!('name' in event) || event.name !== name) continue;
      if (event.type === 'run_start')
        return { id: event.run_id, parent: undefined, run: event.run_id };
      const id = event.type === 'llm_call_start' ? event.llm_call_id : event.step_id;
      return { id, parent: event.parent_id, run: event.run_id };
    }
    throw new Error(`Nothing is named ${name}.`);
  }

  /** All tokens of a call, or of the only one, each with its index. */
  tokens(callId?: string): (WireToken & { readonly index: number })[] {
    const lines = this.of('llm_tokens').filter(
      (line) => (callId ?? line.llm_call_id) === line.llm_call_id,
    );
    return lines.flatMap(({ first_index, tokens }) => {
      let next = first_index;
      return tokens.map((token) => {
        const index = token.index ?? next;
        next = index + 1;
        return { ...token, index };
      });
    });
  }

  texts(callId?: string): string[] {
    return this.tokens(callId).map(({ token }) => token);
  }
}

export interface Recorded {
  readonly trace: Trace;
  readonly outbox: RecordingOutbox;
}

const traces: Trace[] = [];

export function recorded(options: TraceOptions = {}): Recorded {
  const outbox = new RecordingOutbox();
  const trace = createTrace(new Destinations(() => outbox));
  trace.configure({ defaultRunName: 'the program', ...options });
  traces.push(trace);
  return { trace, outbox };
}

/** Else each would look for uncaught exceptions until the process ends. */
afterEach(() => {
  for (const trace of traces.splice(0)) trace.configure({ defaultRunName: 'over' });
});
