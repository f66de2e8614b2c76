/** What waits in the queue. */
import type { WireEvent } from '../wire.js';
import type { TokenBatch } from './outbox.js';

export type QueuedEvent = Exclude<WireEvent, { type: 'llm_tokens' }>;

export interface QueuedItem {
  /** 1, 2, 3, … in the order in which they were put. */
  readonly sequence: number;
  readonly bytes: number;
  /** Of the call that it belongs to, while that is known. */
  readonly call: QueuedCall | null;
  /** Null: it was left out. */
  content: QueuedEvent | TokenBatch | null;
}

/** From the start of a call to its end. */
export interface QueuedCall {
  /** What can still be left out of it, in order: its start and its tokens, as long as they wait. */
  readonly droppable: QueuedItem[];
  end: QueuedItem | null;
  /** The start was handed over, so that the end must follow. */
  isStarted: boolean;
  isDropped: boolean;
  tokens: number;
  droppedTokens: number;
}

export const isBatch = (content: QueuedEvent | TokenBatch): content is TokenBatch =>
  'toWireTokens' in content;

/** The end of a call whose tokens were not all sent, which says so. */
export function endOf(
  event: Extract<QueuedEvent, { type: 'llm_call_end' }>,
  { tokens, droppedTokens }: QueuedCall,
): QueuedEvent {
  if (droppedTokens === 0) return event;
  const { received_tokens = tokens, data } = event;
  const fields = typeof data === 'object' && data !== null ? data : {};
  return { ...event, received_tokens, data: { ...fields, dropped_tokens: droppedTokens } };
}
