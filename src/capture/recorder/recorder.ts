/** Interim: the least that records a call, until the recorder proper takes its place. */
import { randomBytes } from 'node:crypto';
import { type Microseconds, epochMicroseconds, microseconds } from '../../model/units.js';
import type { EventSink, LoggedToken, TraceEvent } from '../../store/log/traceEvent.js';
import { epochUs, monotonicUs } from '../clock.js';
import type { ExchangeObserver, ExchangeRecorder, RequestHead } from '../exchange.js';
import type { Redaction } from '../redaction/redaction.js';
import { type ContentDecoder, createContentDecoder } from '../wire/contentDecoding.js';
import type { ResponsePart, ResponseReader, WireRequest } from '../wire/wireFormat.js';
import { wireFormatOf } from '../wire/wireFormats.js';

export interface RecorderOptions {
  readonly sink: EventSink;
  readonly redaction: Redaction;
  readonly runName: string;
}

export class Recorder implements ExchangeRecorder {
  private queue: (() => void)[] = [];
  private events: TraceEvent[] = [];
  private readonly runs = new Map<string, string>();

  constructor(private readonly options: RecorderOptions) {}

  begin(head: RequestHead, atUs: Microseconds): ExchangeObserver {
    const runId = this.run(head.runName ?? this.options.runName);
    const callId = randomBytes(8).toString('hex');
    const { redaction } = this.options;
    const request: WireRequest = {
      method: head.method,
      path: head.path,
      query: new URLSearchParams(head.query),
      body: undefined,
    };
    let format = wireFormatOf(request);
    let sentUs = atUs;
    let startedAtUs = epochUs();
    let reader: ResponseReader | undefined;
    let decoder: ContentDecoder | undefined;
    let readIndex = 0;
    let index = 0;
    let body = '';
    let status: number | undefined;
    let isTerminal = false;
    let ttfcUs: Microseconds | undefined;
    const end: Record<string, unknown> = {};
    const base = { callId } as const;
    this.emit({
      type: 'call-started',
      ...base,
      runId,
      name: head.path,
      atUs: startedAtUs,
      clockSource: 'proxy',
      streaming: false,
      wireFormat: format.name,
      provider: format.provider ?? head.upstream,
    });
    const take = (parts: readonly ResponsePart[], partsAtUs: Microseconds): void => {
      const tokens: LoggedToken[] = [];
      for (const part of parts) {
        if (part.part === 'token') {
          tokens.push([
            microseconds(Math.round(partsAtUs - sentUs)),
            part.kind,
            redaction.text(part.text),
          ]);
        } else if (part.part === 'usage') {
          if (part.promptTokens !== undefined) end['promptTokens'] = part.promptTokens;
          if (part.completionTokens !== undefined) {
            end['completionTokens'] = part.completionTokens;
            end['tokenCountSource'] = 'usage';
          }
        } else if (part.part === 'finish') end['finishReason'] = part.reason;
        else if (part.part === 'terminal') isTerminal = true;
        else if (part.part === 'model')
          this.emit({ type: 'call-described', ...base, model: part.model });
        else if (part.part === 'error')
          Object.assign(end, { errorCode: part.code, errorMessage: part.message });
      }
      if (tokens.length > 0) {
        this.emit({ type: 'tokens', ...base, firstIndex: index, readIndex, tokens });
        index += tokens.length;
      }
      readIndex++;
    };
    return {
      requestSent: (sent) =>
        this.later(() => {
          startedAtUs = epochMicroseconds(startedAtUs + sent - atUs);
          sentUs = sent;
          this.emit({ type: 'call-described', ...base, atUs: startedAtUs });
        }),
      requestBody: (bytes) => {
        const text = bytes.toString('utf8');
        this.later(() => {
          let json: unknown;
          try {
            json = JSON.parse(text);
          } catch {
            json = undefined;
          }
          const whole = { ...request, body: json };
          format = wireFormatOf(whole);
          const facts = format.request(whole);
          this.emit({
            type: 'call-described',
            ...base,
            streaming: facts.streaming,
            request: redaction.jsonText(text),
            ...(facts.model === null ? {} : { model: facts.model, name: facts.model }),
          });
        });
      },
      responseHead: (response) =>
        this.later(() => {
          status = response.status;
          const contentType = (response.headers['content-type'] ?? '').split(';')[0] ?? '';
          reader = format.response({
            contentType: contentType.trim().toLowerCase(),
            status: response.status,
            headers: response.headers,
          });
          decoder = createContentDecoder(response.headers['content-encoding'], {
            bytes: (bytes, bytesAtUs) => {
              ttfcUs ??= microseconds(Math.round(bytesAtUs - sentUs));
              if (reader) take(reader.read(bytes), bytesAtUs);
              if (reader?.shape === 'whole') body += Buffer.from(bytes).toString('utf8');
            },
            notice: () => undefined,
          });
        }),
      responseRead: (bytes, readAtUs) => this.later(() => decoder?.write(bytes, readAtUs)),
      upgraded: () => undefined,
      ended: (ending, _delivery, endedAtUs) =>
        this.later(() => {
          const finish = (): void => {
            if (reader) take(reader.end(), endedAtUs);
            const isFailed = (status ?? 0) >= 400 || 'errorCode' in end;
            const state =
              ending.how === 'client-abort'
                ? 'aborted'
                : ending.how === 'stopped'
                  ? 'interrupted'
                  : ending.how !== 'complete' || isFailed
                    ? 'failed'
                    : reader?.endsWithTerminal && !isTerminal
                      ? 'truncated'
                      : 'completed';
            this.emit({
              type: 'call-ended',
              ...base,
              state,
              durationUs: microseconds(Math.round(endedAtUs - sentUs)),
              ...(ttfcUs === undefined ? {} : { ttfcUs }),
              ...(status === undefined ? {} : { httpStatus: status }),
              ...(body === '' ? {} : { response: redaction.jsonText(body) }),
              ...end,
            });
          };
          if (decoder) decoder.end(finish);
          else finish();
        }),
    };
  }

  async close(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const runId of this.runs.values()) {
      this.emit({ type: 'run-ended', runId, status: 'completed', atUs: epochUs() });
    }
    this.flush();
  }

  private run(name: string): string {
    let id = this.runs.get(name);
    if (id === undefined) {
      id = randomBytes(8).toString('hex');
      this.runs.set(name, id);
      this.emit({ type: 'run-started', runId: id, name, atUs: epochUs() });
    }
    return id;
  }

  private emit(event: TraceEvent): void {
    this.events.push(event);
    this.later(() => undefined);
  }

  private later(work: () => void): void {
    if (this.queue.length === 0) setImmediate(() => this.flush());
    this.queue.push(work);
  }

  private flush(): void {
    const { queue } = this;
    this.queue = [];
    for (const work of queue) work();
    const { events } = this;
    this.events = [];
    if (events.length > 0) this.options.sink.append(events);
    void monotonicUs;
  }
}
