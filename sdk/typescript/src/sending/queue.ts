/**
 * What waits to be sent, in order, within a bound of memory: when there is more, the oldest streams go, each as a
 * whole, then the oldest steps. A stream with a hole would look as if the model had stalled.
 */
import type { TokenBatch } from './outbox.js';
import {
  type QueuedCall,
  type QueuedEvent,
  type QueuedItem,
  endOf,
  isBatch,
} from './queuedItem.js';
import { roughSize } from './roughSize.js';

/** What was left out for want of room. */
export interface Losses {
  streams: number;
  tokens: number;
  /** Other than streams. */
  events: number;
}

const itemBytes = 100;
/** Steps whose beginning was left out, so that their end is. */
const mostDroppedSteps = 100_000;

export class Queue {
  bytes = 0;
  tokens = 0;
  /** How often something was left out. */
  drops = 0;
  private losses: Losses = { streams: 0, tokens: 0, events: 0 };
  /** Of the newest that was put, and of the newest that was taken. */
  putSequence = 0;
  takenSequence = 0;
  private items: QueuedItem[] = [];
  private head = 0;
  private goneItems = 0;
  private readonly calls = new Map<string, QueuedCall>();
  /** Before these places nothing of a stream, and no step, waits any more. */
  private streamsFrom = 0;
  private stepsFrom = 0;
  private readonly droppedSteps = new Set<string>();

  /** @param heldBytes what is held elsewhere and counts as well. */
  constructor(
    private readonly mostBytes: number,
    private readonly heldBytes: () => number,
  ) {}

  get isEmpty(): boolean {
    return this.items.length - this.head === this.goneItems;
  }

  put(event: QueuedEvent): void {
    const item = { bytes: itemBytes + roughSize(event), content: event };
    switch (event.type) {
      case 'llm_call_start': {
        const call = this.callStarted(event.llm_call_id);
        this.add({ ...item, call });
        break;
      }
      case 'llm_call_end':
        this.putEnd(event.llm_call_id, item);
        break;
      default:
        this.add({ ...item, call: null });
    }
    this.makeRoom();
  }

  putTokens(batch: TokenBatch): void {
    const call = this.calls.get(batch.callId) ?? null;
    if (call) call.tokens += batch.count;
    if (call?.isDropped) {
      call.droppedTokens += batch.count;
      this.losses.tokens += batch.count;
      this.drops++;
      return;
    }
    this.tokens += batch.count;
    this.add({ bytes: itemBytes + batch.bytes, content: batch, call });
    this.makeRoom();
  }

  /** The oldest, which waits no more. */
  take(): QueuedEvent | TokenBatch | null {
    for (;;) {
      const item = this.items[this.head];
      if (!item) return null;
      this.items[this.head++] = taken;
      this.takenSequence = item.sequence;
      this.forgetTaken();
      const content = item.content;
      if (content === null) {
        this.goneItems--;
        continue;
      }
      const wanted = this.handOver(item, content);
      if (wanted) return wanted;
    }
  }

  clear(): void {
    while (this.take() !== null);
    this.calls.clear();
  }

  /** Since they were asked for last; null when there were none. */
  takeLosses(): Losses | null {
    const { losses } = this;
    this.losses = { streams: 0, tokens: 0, events: 0 };
    return losses.streams + losses.tokens + losses.events > 0 ? losses : null;
  }

  private callStarted(id: string): QueuedCall {
    const call: QueuedCall = {
      ...{ droppable: [], end: null, isStarted: false, isDropped: false },
      ...{ tokens: 0, droppedTokens: 0 },
    };
    this.calls.set(id, call);
    return call;
  }

  private putEnd(callId: string, item: Pick<QueuedItem, 'bytes' | 'content'>): void {
    const call = this.calls.get(callId) ?? null;
    this.calls.delete(callId);
    if (call?.isDropped && !call.isStarted) return;
    const end = this.add({ ...item, call });
    if (call) call.end = end;
  }

  private add(unnumbered: Omit<QueuedItem, 'sequence'>): QueuedItem {
    const item = { ...unnumbered, sequence: ++this.putSequence };
    this.items.push(item);
    this.bytes += item.bytes;
    if (isOfStream(item)) item.call?.droppable.push(item);
    return item;
  }

  /** Null: not to be sent, since its beginning was left out. */
  private handOver(
    item: QueuedItem,
    content: QueuedEvent | TokenBatch,
  ): QueuedEvent | TokenBatch | null {
    this.bytes -= item.bytes;
    if (isBatch(content)) this.tokens -= content.count;
    const { call } = item;
    if (call?.droppable[0] === item) call.droppable.shift();
    if (isBatch(content)) return content;
    if (content.type === 'step_progress')
      return this.droppedSteps.has(content.step_id) ? null : content;
    if (content.type === 'step_end')
      return this.droppedSteps.delete(content.step_id) ? null : content;
    if (!call) return content;
    if (content.type === 'llm_call_end') return endOf(content, call);
    call.isStarted = true;
    return content;
  }

  private makeRoom(): void {
    while (this.bytes + this.heldBytes() > this.mostBytes && !this.isEmpty) {
      this.drops++;
      const call = this.oldestStream();
      const step = call ? null : this.oldestStep();
      if (call) this.dropCall(call);
      else if (step) this.dropStep(step);
      else if (this.take() !== null) this.losses.events++;
    }
  }

  private oldestStream(): QueuedCall | null {
    this.streamsFrom = this.find(isOfStream, this.streamsFrom);
    return this.items[this.streamsFrom]?.call ?? null;
  }

  private oldestStep(): QueuedItem | null {
    this.stepsFrom = this.find(isStep, this.stepsFrom);
    return this.items[this.stepsFrom] ?? null;
  }

  private find(isWanted: (item: QueuedItem) => boolean, from: number): number {
    const start = Math.max(from, this.head);
    for (let place = start; place < this.items.length; place++) {
      if (isWanted(this.items[place] ?? taken)) return place;
    }
    return this.items.length;
  }

  private dropCall(call: QueuedCall): void {
    call.isDropped = true;
    this.losses.streams++;
    for (const item of call.droppable.splice(0)) {
      const { content } = item;
      if (content && isBatch(content)) {
        call.droppedTokens += content.count;
        this.losses.tokens += content.count;
        this.tokens -= content.count;
      }
      this.drop(item);
    }
    if (call.end && !call.isStarted) this.drop(call.end);
  }

  private dropStep(item: QueuedItem): void {
    const { content } = item;
    if (content && 'step_id' in content && content.type === 'step_start') {
      this.droppedSteps.add(content.step_id);
      const [oldest] = this.droppedSteps;
      if (oldest && this.droppedSteps.size > mostDroppedSteps) this.droppedSteps.delete(oldest);
    }
    this.losses.events++;
    this.drop(item);
  }

  private drop(item: QueuedItem): void {
    item.content = null;
    this.bytes -= item.bytes;
    this.goneItems++;
    if (this.goneItems > 1_000 && this.goneItems > this.items.length / 2) {
      this.items = this.items.slice(this.head).filter(({ content }) => content !== null);
      this.head = this.streamsFrom = this.stepsFrom = 0;
      this.goneItems = 0;
    }
  }

  private forgetTaken(): void {
    if (this.head < 1_000 || this.head < this.items.length / 2) return;
    this.items = this.items.slice(this.head);
    this.streamsFrom -= this.head;
    this.stepsFrom -= this.head;
    this.head = 0;
  }
}

/** Stands where an item was taken, so that nothing holds it. */
const taken: QueuedItem = { sequence: 0, bytes: 0, call: null, content: null };

const isOfStream = ({ call, content }: QueuedItem): boolean =>
  call !== null && content !== null && (isBatch(content) || content.type === 'llm_call_start');

const isStep = ({ content }: QueuedItem): boolean => content !== null && 'step_id' in content;
