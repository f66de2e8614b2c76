/** Gives the agent what the upstream sends, in its pieces; and the observer whole reads, after the agent. */
import type { ServerResponse } from 'node:http';
import type { Microseconds } from '../../model/units.js';
import type { Delivery, ExchangeObserver } from '../exchange.js';

export class PassedReads {
  /** Pieces of one read of the socket that the observer has not been told of. */
  private pieces: Buffer[] = [];
  private readUs: Microseconds | undefined;
  private passedBytes = 0;
  /** Of these, what the system has taken for the agent. */
  private deliveredBytes = 0;

  constructor(
    private readonly response: ServerResponse,
    private readonly observer: ExchangeObserver,
  ) {
    response.on('drain', () => this.note());
  }

  /** False when the agent must take what it has been given before there can be more. */
  pass(piece: Buffer, atUs: Microseconds): boolean {
    const canTakeMore = this.response.write(piece);
    this.passedBytes += piece.length;
    if (this.pieces.length === 0) {
      this.readUs = atUs;
      // All pieces of a read come before the next tick.
      process.nextTick(() => this.flush());
    }
    this.pieces.push(piece);
    return canTakeMore;
  }

  flush(): void {
    const { pieces, readUs } = this;
    const [first, ...others] = pieces;
    if (!first || readUs === undefined) return;
    this.pieces = [];
    this.note();
    this.observer.responseRead(others.length === 0 ? first : Buffer.concat(pieces), readUs);
  }

  delivery(): Delivery {
    if (this.response.writableFinished) this.deliveredBytes = this.passedBytes;
    return { bytes: this.deliveredBytes, isWhole: this.deliveredBytes === this.passedBytes };
  }

  private note(): void {
    if (this.response.writableLength === 0) this.deliveredBytes = this.passedBytes;
  }
}
