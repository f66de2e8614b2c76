/** A recorder that notes what the proxy tells it, and checks the order in which it does. */
import assert from 'node:assert/strict';
import type {
  Delivery,
  ExchangeEnding,
  ExchangeObserver,
  ExchangeRecorder,
  RequestHead,
  ResponseHead,
} from '../../../../src/capture/exchange.js';
import type { Microseconds } from '../../../../src/model/units.js';
import { Told } from '../../store/waiting.js';

export class NotedExchange implements ExchangeObserver {
  readonly calls: string[] = [];
  readonly times: Microseconds[] = [];
  readonly reads: Buffer[] = [];
  readonly readTimes: Microseconds[] = [];
  body: Buffer | undefined;
  isBodyCut: boolean | undefined;
  response: ResponseHead | undefined;
  ending: ExchangeEnding | undefined;
  delivery: Delivery | undefined;

  constructor(
    readonly head: RequestHead,
    private readonly told: Told<NotedExchange>,
  ) {}

  get readBytes(): Buffer {
    return Buffer.concat(this.reads);
  }

  requestSent(atUs: Microseconds): void {
    this.note('requestSent', atUs);
  }

  requestBody(body: Buffer, isCut: boolean): void {
    this.body = body;
    this.isBodyCut = isCut;
    this.note('requestBody');
  }

  responseHead(head: ResponseHead, atUs: Microseconds): void {
    this.response = head;
    this.note('responseHead', atUs);
  }

  responseRead(bytes: Buffer, atUs: Microseconds): void {
    this.reads.push(bytes);
    this.readTimes.push(atUs);
    this.note('responseRead', atUs);
  }

  upgraded(head: ResponseHead, atUs: Microseconds): void {
    this.response = head;
    this.note('upgraded', atUs);
  }

  ended(ending: ExchangeEnding, delivery: Delivery, atUs: Microseconds): void {
    this.ending = ending;
    this.delivery = delivery;
    this.note('ended', atUs);
  }

  private note(call: string, atUs?: Microseconds): void {
    assert.ok(!this.calls.includes('ended'), `${call} came after the end`);
    // Reads may be many: once is enough to see the order.
    if (this.calls.at(-1) !== call) this.calls.push(call);
    if (atUs !== undefined) this.times.push(atUs);
    this.told.tell(this);
  }
}

export class NotedRecorder implements ExchangeRecorder {
  readonly exchanges: NotedExchange[] = [];
  private readonly told = new Told<NotedExchange>();

  begin(head: RequestHead): ExchangeObserver {
    const exchange = new NotedExchange(head, this.told);
    this.exchanges.push(exchange);
    this.told.tell(exchange);
    return exchange;
  }

  /** An exchange, told from the others by its number, once it is as wanted. */
  async when(
    isAsWanted: (exchange: NotedExchange) => boolean,
    number?: number,
  ): Promise<NotedExchange> {
    const isRight = (exchange: NotedExchange): boolean =>
      (number === undefined || exchange === this.exchanges[number]) && isAsWanted(exchange);
    return this.exchanges.find(isRight) ?? (await this.told.next(isRight));
  }

  ended(number = 0): Promise<NotedExchange> {
    return this.when(({ ending }) => ending !== undefined, number);
  }
}
