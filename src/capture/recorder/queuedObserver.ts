/** Keeps the proxy's reports of one exchange for the end of the loop's turn. */
import type { Microseconds } from '../../model/units.js';
import type { Delivery, ExchangeEnding, ExchangeObserver, ResponseHead } from '../exchange.js';
import type { WorkLine } from './workQueue.js';

export class QueuedObserver implements ExchangeObserver {
  constructor(
    private readonly line: WorkLine,
    private readonly target: ExchangeObserver,
  ) {}

  requestSent(atUs: Microseconds): void {
    this.line.add(() => this.target.requestSent(atUs));
  }

  requestBody(body: Buffer, isCut: boolean): void {
    this.line.add(() => this.target.requestBody(body, isCut), body.length);
  }

  responseHead(head: ResponseHead, atUs: Microseconds): void {
    this.line.add(() => this.target.responseHead(head, atUs));
  }

  responseRead(bytes: Buffer, atUs: Microseconds): void {
    this.line.add(() => this.target.responseRead(bytes, atUs), bytes.length);
  }

  upgraded(head: ResponseHead, atUs: Microseconds): void {
    this.line.add(() => this.target.upgraded(head, atUs));
  }

  ended(ending: ExchangeEnding, delivery: Delivery, atUs: Microseconds): void {
    this.line.add(() => this.target.ended(ending, delivery, atUs));
  }
}
