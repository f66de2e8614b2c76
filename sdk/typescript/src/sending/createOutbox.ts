/** The way from what records to the capture: a queue, requests, a spool, and the end of the process. */
import { AsyncResource } from 'node:async_hooks';
import type { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import { Bodies } from './bodies.js';
import { deliverNow } from './lastDelivery.js';
import { Delivery } from './delivery.js';
import { Endpoint } from './endpoint.js';
import { OpenThings } from './openThings.js';
import type { OpenStream, Outbox, TokenBatch } from './outbox.js';
import { type Ending, finishBeforeEnd } from './processEnd.js';
import { Queue } from './queue.js';
import type { QueuedEvent } from './queuedItem.js';
import { Reports } from './reports.js';
import type { SendingSettings } from './settings.js';
import { Spool } from './spool.js';
import { Warnings } from './warnings.js';

const sendAfterMs = 100;
const sendAtTokens = 1_000;
const usualFlushMs = 5_000;
const longestFlushMs = 2 ** 31 - 1;
const usualBodyBytes = 500_000;

export function createOutbox(settings: SendingSettings): Outbox {
  const { endpoint, enabled } = settings;
  if (!enabled || endpoint === null) return nothing;
  return new SendingOutbox(settings, endpoint);
}

const nothing: Outbox = {
  enabled: false,
  put: () => undefined,
  putTokens: () => undefined,
  openStream: () => undefined,
  closeStream: () => undefined,
  openRun: () => undefined,
  closeRun: () => undefined,
  flush: () => Promise.resolve(true),
};

class SendingOutbox implements Outbox, Ending {
  readonly handleSignals: boolean;
  private readonly open = new OpenThings();
  private readonly warnings = new Warnings();
  private readonly reports: Reports;
  private readonly queue: Queue;
  private readonly bodies: Bodies;
  private readonly spool: Spool | null;
  private readonly delivery: Delivery;
  /** Requests belong to no run of the agent, and hold nothing of its context. */
  private readonly context = new AsyncResource('LlmStreamOutbox');
  private timer: NodeJS.Timeout | null = null;
  private isSoon = false;
  /** How long the end of the process may still wait. */
  private endMsLeft: number;

  constructor(
    private readonly settings: SendingSettings,
    private readonly endpoint: string,
  ) {
    const mostBytes = settings.bufferMegabytes * 1_000_000;
    this.handleSignals = settings.handleSignals;
    this.endMsLeft = settings.exitTimeoutSeconds * 1_000;
    this.reports = new Reports(settings, this.warnings);
    this.queue = new Queue(mostBytes, () => this.bodies.heldBytes);
    this.bodies = new Bodies(this.queue, this.reports);
    this.spool =
      settings.whenAway === 'spool'
        ? new Spool(settings.spoolFolder, settings.spoolMegabytes, this.warnings)
        : null;
    this.delivery = new Delivery(
      {
        ...{ bodies: this.bodies, spool: this.spool, reports: this.reports },
        endpoint: new Endpoint(endpoint, settings.token),
        onDone: () => this.reportLosses(),
      },
      Math.min(usualBodyBytes, mostBytes / 4),
    );
    finishBeforeEnd(this);
  }

  get enabled(): boolean {
    return this.spool !== null || !this.delivery.hasGivenUp;
  }
  put(event: QueuedEvent): void {
    if (this.enabled) this.add(() => this.queue.put(event));
  }

  putTokens(batch: TokenBatch): void {
    if (this.enabled) this.add(() => this.queue.putTokens(batch));
  }

  openStream(stream: OpenStream): void {
    this.open.streams.add(stream);
    this.sendAfter(sendAfterMs);
  }

  closeStream(stream: OpenStream): void {
    this.open.streams.delete(stream);
  }

  openRun(run: { interrupt(): void }): void {
    this.open.runs.add(run);
  }

  closeRun(run: { interrupt(): void }): void {
    this.open.runs.delete(run);
  }

  async flush(timeoutMs = usualFlushMs): Promise<boolean> {
    this.open.seal();
    const lostBefore = this.lost;
    const timeLimit = timeoutMs >= 0 ? Math.min(timeoutMs, longestFlushMs) : usualFlushMs;
    const isReached = await this.reached(this.queue.putSequence, timeLimit);
    return isReached && this.lost === lostBefore && !this.delivery.hasGivenUp;
  }

  async finish(reason: string): Promise<void> {
    this.open.interrupt(reason);
    if (this.delivery.isIdle || this.endMsLeft <= 0) return;
    const start = performance.now();
    await this.reached(Infinity, this.endMsLeft);
    this.endMsLeft -= performance.now() - start;
  }

  finishNow(): void {
    this.warnings.processEnds();
    this.open.interrupt('The process ended.');
    const lines = this.bodies.takeAll();
    const isDelivered = lines.length === 0 || (!this.spools && this.deliverNow(lines));
    if (!isDelivered && this.spool?.appendNow(lines) !== true) this.reports.notDelivered();
    if (this.spool?.isEmpty === false) this.reports.leftInSpool();
    this.spool?.release();
    this.reportLosses();
  }

  /** What comes now stands behind what is on disk, or would be there soon. */
  private get spools(): boolean {
    if (!this.spool) return false;
    return !this.spool.isEmpty || this.delivery.isAway || this.delivery.hasGivenUp;
  }

  private deliverNow(lines: Buffer): boolean {
    const { endpoint, settings } = this;
    return deliverNow({ endpoint, token: settings.token }, lines, this.endMsLeft);
  }

  private get lost(): number {
    return this.queue.drops + this.delivery.lostLines;
  }

  private reportLosses(): void {
    const losses = this.queue.takeLosses();
    if (losses) this.reports.lost(losses);
  }

  private reached(sequence: number, timeoutMs: number): Promise<boolean> {
    return this.context.runInAsyncScope(() => this.delivery.reached(sequence, timeoutMs));
  }

  private add(put: () => void): void {
    try {
      put();
    } catch (error) {
      this.reports.unsendable(error);
    }
    this.sendAfter(this.queue.tokens >= sendAtTokens ? 0 : sendAfterMs);
  }

  private sendAfter(ms: number): void {
    if (this.timer && (this.isSoon || ms > 0)) return;
    if (this.timer) clearTimeout(this.timer);
    this.isSoon = ms === 0;
    this.timer = this.context.runInAsyncScope(() => setTimeout(() => this.send(), ms));
    this.timer.unref();
  }

  private send(): void {
    this.timer = null;
    this.open.seal();
    this.delivery.start();
    if (this.open.streams.size > 0) this.sendAfter(sendAfterMs);
  }
}
