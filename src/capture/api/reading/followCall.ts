/**
 * Sends the tokens of a call as they come. What is appended only wakes it: the tokens themselves are read from
 * the store, so that what was stored before and what comes live are one sequence without gap or repetition, and
 * a client that reads slowly costs no memory.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { outputTokens } from '../../../model/latency.js';
import type { Call } from '../../../model/trace.js';
import { tokensInSlice } from '../../../protocol/readTokens.js';
import type { TokenSlice } from '../../../protocol/storeMessages.js';
import type { TraceEvent } from '../../../store/log/traceEvent.js';
import type { EventStream, SentEvent } from '../eventStream.js';
import { type TokenBefore, lastToken, requestSent, sentAtUs, tokenRecord } from './tokenRecord.js';
import type { CallOfRun, TokenMetadata, TraceReading } from './traceReading.js';

export interface AppendedEvents {
  /** Called after the events were written. */
  onAppended(listener: (events: readonly TraceEvent[]) => void): { dispose(): void };
}

export interface FollowedCall {
  readonly reading: TraceReading;
  readonly appended: AppendedEvents;
  readonly stream: EventStream;
  readonly runId: string;
  readonly callId: string;
  /** Index of the last token that the client has; -1 for none. */
  readonly lastIndex: number;
}

/** Between two readings: a fast writer is followed in batches. */
const pauseMs = 20;
/** Before the one that the client has: their texts may have been completed while it was away. */
const repeatedTexts = 64;
const tokensInEvent = 1_000;

/** Settles when the call or the client has ended; never rejects. */
export async function followCall(followed: FollowedCall): Promise<void> {
  const follower = new CallFollower(followed);
  const subscription = followed.appended.onAppended((events) => follower.note(events));
  try {
    await follower.run();
  } catch {
    // The client connects again, and is told then what is wrong.
  } finally {
    subscription.dispose();
    followed.stream.end();
  }
}

class CallFollower {
  private opening = 0;
  private call: CallOfRun | null = null;
  /** Something else than tokens has come: its start may have moved, or its end come. */
  private isCallNews = false;
  /** Tokens of the store that were looked at, and the state of theirs that was. */
  private position = 0;
  private revision: number | undefined;
  private lastIndex: number;
  /** The last token that was looked at. */
  private latest: TokenBefore = requestSent;
  private hasNews = true;
  private wake: () => void = () => undefined;

  constructor(private readonly followed: FollowedCall) {
    this.lastIndex = followed.lastIndex;
  }

  note(events: readonly TraceEvent[]): void {
    for (const event of events) {
      if (!('callId' in event) || event.callId !== this.followed.callId) continue;
      this.hasNews = true;
      if (event.type !== 'tokens' && event.type !== 'token-text') this.isCallNews = true;
    }
    if (this.hasNews) this.wake();
  }

  async run(): Promise<void> {
    const { stream } = this.followed;
    while (!stream.signal.aborted) {
      const ending = await this.readOn();
      if (ending) {
        stream.send([ending]);
        return;
      }
      await delay(pauseMs, undefined, { signal: stream.signal });
      await this.news();
    }
  }

  /** @returns what to say at the end, when the call has ended. */
  private async readOn(): Promise<SentEvent | null> {
    const { reading, stream } = this.followed;
    this.hasNews = false;
    // Before the tokens: those of a call that has ended are all there.
    const { run, step } = await this.readCall();
    const atUs = sentAtUs(run, step);
    for (;;) {
      const slice = await reading.tokens(step.key, this.position, tokensInSlice, this.revision);
      const metadata = await reading.metadata(step.key, slice);
      for (const events of this.eventsOf(slice, atUs, metadata)) {
        stream.send(events);
        await stream.drained();
      }
      this.revision = slice.revision;
      if (stream.signal.aborted || this.position >= slice.total) break;
    }
    return step.call.state === 'streaming' ? null : endOf(step.call);
  }

  /** The whole run has to be read for it: only when the call may be another. */
  private async readCall(): Promise<CallOfRun> {
    const { reading, runId, callId } = this.followed;
    await reading.synced();
    if (this.opening !== reading.openings) this.beginAnew(reading.openings);
    if (this.call && !this.isCallNews) return this.call;
    this.isCallNews = false;
    return (this.call = await reading.call(runId, callId));
  }

  /** The process that reads was ended, or died, and is another now. */
  private beginAnew(opening: number): void {
    this.opening = opening;
    this.call = null;
    this.position = 0;
    this.revision = undefined;
    this.latest = requestSent;
  }

  private *eventsOf(
    slice: TokenSlice,
    atUs: number | null,
    metadata: TokenMetadata,
  ): Generator<SentEvent[]> {
    // Of what the client had before, the last texts; of what was sent to it, those that have changed.
    const firstText = this.revision === undefined ? this.lastIndex - repeatedTexts : -1;
    let events: SentEvent[] = [];
    for (let position = 0; position < slice.count; position++) {
      const { token_index, ...token } = tokenRecord(slice, position, atUs, this.latest, metadata);
      if (token_index > this.lastIndex) {
        this.lastIndex = token_index;
        events.push({
          event: 'token',
          id: token_index,
          data: { type: 'token', token_index, ...token },
        });
      } else if (token_index > firstText) {
        events.push({
          event: 'token_text',
          data: { type: 'token_text', token_index, token: token.token },
        });
      }
      if (events.length >= tokensInEvent) {
        yield events;
        events = [];
      }
    }
    yield events;
    this.position = slice.from + slice.count;
    this.latest = lastToken(slice, this.latest);
  }

  private news(): Promise<void> {
    const { signal } = this.followed.stream;
    if (this.hasNews || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = (): void => {
        signal.removeEventListener('abort', settle);
        this.wake = () => undefined;
        resolve();
      };
      this.wake = settle;
      signal.addEventListener('abort', settle, { once: true });
    });
  }
}

function endOf(call: Call): SentEvent {
  const total_tokens = outputTokens(call)?.count ?? 0;
  return call.state === 'completed'
    ? {
        event: 'complete',
        data: {
          type: 'complete',
          model: call.model,
          finish_reason: call.finishReason,
          total_tokens,
        },
      }
    : {
        event: 'error',
        data: {
          type: 'error',
          error: call.errorMessage ?? `The call ended as ${call.state}.`,
          code: call.errorCode,
          status: call.state,
          total_tokens,
        },
      };
}
