/** Records what is no call of a model: a list of models, a health check, a WebSocket. Its content is not stored. */
import { type Microseconds, microseconds } from '../../model/units.js';
import type { Delivery, ExchangeEnding, ResponseHead } from '../exchange.js';
import { endData, requestData, responseData } from './exchangeData.js';
import type { Beginning, Recording } from './recording.js';

export class StepRecording implements Recording {
  private data: Record<string, unknown>;
  private sentUs: Microseconds;
  private status: number | undefined;

  constructor(private readonly beginning: Beginning) {
    this.sentUs = beginning.atUs;
    this.data = requestData(beginning.head, beginning.redaction);
  }

  begin(): void {
    const { id, runId, head, startedAtUs, redaction, emit } = this.beginning;
    const isWebSocket = head.headers.upgrade?.toLowerCase() === 'websocket';
    emit({
      ...{ type: 'step-started', stepId: id, runId, stepType: 'custom', status: 'running' },
      name: `${isWebSocket ? 'WebSocket' : head.method} ${redaction.text(head.path)}`,
      ...{ atUs: startedAtUs, data: this.data },
    });
  }

  requestSent(atUs: Microseconds): void {
    this.sentUs = atUs;
  }

  requestBody(): void {
    // What such a request holds is of no interest.
  }

  responseHead({ status, headers }: ResponseHead): void {
    this.status = status;
    this.note({ http_status: status, ...responseData(headers, this.beginning.redaction) });
  }

  responseRead(): void {
    // Nor is what it is answered.
  }

  upgraded({ status }: ResponseHead): void {
    this.status = status;
    const protocol = this.beginning.head.headers.upgrade ?? 'another protocol';
    this.note({
      http_status: status,
      message: `${protocol === 'websocket' ? 'WebSocket' : this.beginning.redaction.text(protocol)}: passed through, not inspected.`,
    });
  }

  ended(ending: ExchangeEnding, delivery: Delivery, atUs: Microseconds): void {
    const { id, redaction, emit, ended } = this.beginning;
    this.note(endData(ending, delivery, redaction));
    const error = this.errorOf(ending);
    if (error !== null) this.note({ error: redaction.text(error) });
    const durationUs = microseconds(Math.max(0, atUs - this.sentUs));
    emit({
      type: 'step-ended',
      stepId: id,
      status: this.stateOf(ending),
      durationUs,
      data: this.data,
    });
    ended();
  }

  giveUp(): void {
    this.ended({ how: 'stopped' }, { bytes: 0, isWhole: false }, this.sentUs);
  }

  private note(data: Readonly<Record<string, unknown>>): void {
    this.data = { ...this.data, ...data };
  }

  private stateOf({ how }: ExchangeEnding): string {
    if (how === 'client-abort') return this.status === 101 ? 'completed' : 'aborted';
    if (how === 'stopped') return 'interrupted';
    return how === 'complete' && (this.status ?? 0) < 400 ? 'completed' : 'failed';
  }

  private errorOf(ending: ExchangeEnding): string | null {
    if ('message' in ending) return ending.message;
    return (this.status ?? 0) >= 400
      ? `The upstream answered with status ${this.status ?? 0}.`
      : null;
  }
}
