/** The response of a call: decodes a copy of it, reads its parts, and keeps what a trace wants of it. */
import { type Microseconds, microseconds } from '../../model/units.js';
import type { CallDescribed, CallEnded } from '../../store/log/traceEvent.js';
import type { ResponseHead } from '../exchange.js';
import type { Redaction } from '../../redaction/redaction.js';
import { type ContentDecoder, createContentDecoder } from '../wire/contentDecoding.js';
import type { ProviderError } from '../wire/errorCodes.js';
import { parseJson } from '../wire/json.js';
import type {
  ResponsePart,
  ResponseReader,
  ResponseShape,
  UsagePart,
  WireFormat,
} from '../wire/wireFormat.js';
import type { CallTokens } from './callTokens.js';
import { errorEventIn } from './errorEvent.js';
import { responseData } from './exchangeData.js';
import { KeptBody } from './keptBody.js';
import { shortened } from './shortened.js';
import { formatFields } from './wireFields.js';

/** What the response tells its call. */
export interface ResponseListener {
  readonly redaction: Redaction;
  describe(description: Omit<CallDescribed, 'type' | 'callId'>): void;
  note(notice: string): void;
  /** µs since the request was sent. */
  offsetOf(atUs: Microseconds): Microseconds;
  requestedModel(): string | undefined;
  /** For what is decoded later, when nobody else catches what is thrown. */
  attempt(job: () => void): void;
}

export class CallResponse {
  readonly status: number;
  error: ProviderError | undefined;
  hasTerminal = false;
  /** When its last bytes came. */
  lastReadUs: Microseconds | undefined;
  private readonly reader: ResponseReader;
  private readonly decoder: ContentDecoder;
  /** Of what is no stream of tokens. */
  private readonly body = new KeptBody();
  private firstOffsetUs: Microseconds | undefined;
  private receivedBytes = 0;
  /** Decoded pieces of one time are of one read. */
  private readIndex = -1;
  private decodedUs: Microseconds | undefined;
  private usage: Omit<UsagePart, 'part'> = {};
  private readonly finishReasons = new Set<string>();
  private model: string | undefined;
  private errorEvent: unknown;
  private isSaidToStream = false;

  constructor(
    private readonly head: ResponseHead,
    format: WireFormat,
    private readonly tokens: CallTokens,
    private readonly call: ResponseListener,
  ) {
    const { status, headers } = head;
    this.status = status;
    const contentType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    this.reader = format.response({ contentType, status, headers });
    this.decoder = createContentDecoder(headers['content-encoding'], {
      bytes: (bytes, atUs) => call.attempt(() => this.decoded(bytes, atUs)),
      notice: (text) => call.note(text),
    });
  }

  get shape(): ResponseShape {
    return this.reader.shape;
  }

  get endsWithTerminal(): boolean {
    return this.reader.endsWithTerminal;
  }

  begin(wasAskedToStream: boolean): void {
    this.isSaidToStream = wasAskedToStream;
    const { headers } = this.head;
    this.call.describe({
      ...{ httpStatus: this.status, data: responseData(headers, this.call.redaction) },
    });
  }

  read(bytes: Buffer, atUs: Microseconds): void {
    this.receivedBytes += bytes.length;
    this.lastReadUs = atUs;
    if (this.firstOffsetUs === undefined) {
      this.firstOffsetUs = this.call.offsetOf(atUs);
      this.call.describe({ ttfcUs: this.firstOffsetUs });
    }
    this.decoder.write(bytes, atUs);
  }

  /** Calls back when everything that came has been read. */
  end(whenDone: () => void): void {
    this.decoder.end(() => {
      this.call.attempt(() => {
        this.take(this.reader.end());
        this.tokens.send(Math.max(0, this.readIndex));
      });
      this.call.attempt(whenDone);
    });
  }

  endFields(isCompleted: boolean): Partial<CallEnded> {
    const { promptTokens, completionTokens } = this.usage;
    const response = this.text(!isCompleted);
    return {
      ...(this.firstOffsetUs !== undefined && { ttfcUs: this.firstOffsetUs }),
      ...(this.finishReasons.size > 0 && { finishReason: [...this.finishReasons].join(', ') }),
      ...(promptTokens !== undefined && { promptTokens }),
      // What is counted before the end of a stream is not what came of it.
      ...this.outputCount(isCompleted ? completionTokens : undefined),
      ...(response !== undefined && response !== '' && { response }),
    };
  }

  endData(): Record<string, unknown> {
    const { cachedPromptTokens, reasoningTokens } = this.usage;
    return {
      received_bytes: this.receivedBytes,
      ...(this.model !== undefined && { response_model: this.model }),
      ...(cachedPromptTokens !== undefined && { cached_prompt_tokens: cachedPromptTokens }),
      ...(reasoningTokens !== undefined && { reasoning_tokens: reasoningTokens }),
      ...(this.errorEvent !== undefined && { error_event: this.errorEvent }),
    };
  }

  private decoded(bytes: Uint8Array, atUs: Microseconds): void {
    if (atUs !== this.decodedUs) this.readIndex++;
    this.decodedUs = atUs;
    const hadError = this.error !== undefined;
    this.take(this.reader.read(bytes));
    this.tokens.send(this.readIndex);
    if (this.error !== undefined && !hadError) {
      this.errorEvent = this.call.redaction.value(errorEventIn(bytes));
    }
    this.keep(bytes);
    this.sayShape();
  }

  private take(parts: readonly ResponsePart[]): void {
    for (const part of parts) this.takePart(part);
  }

  private takePart(part: ResponsePart): void {
    switch (part.part) {
      case 'token':
        return this.tokens.add(part, this.call.offsetOf(this.decodedUs ?? this.lastReadUs ?? zero));
      case 'usage':
        return void (this.usage = { ...this.usage, ...part });
      case 'model':
        return this.answeredBy(part.model);
      case 'finish':
        return void this.finishReasons.add(this.shortened(part.reason));
      case 'error':
        return void (this.error ??= part);
      case 'terminal':
        return void (this.hasTerminal = true);
      case 'notice':
        return this.call.note(part.text);
      case 'format':
        return this.call.describe(formatFields(part.format));
      case 'ping':
    }
  }

  /** What is no stream of tokens is stored as it came. */
  private keep(bytes: Uint8Array): void {
    if (this.shape === 'binary' || this.tokens.count > 0) this.body.drop();
    else this.body.add(bytes);
  }

  private sayShape(): void {
    if (this.isSaidToStream || this.shape !== 'stream') return;
    this.isSaidToStream = true;
    this.call.describe({ streaming: true });
  }

  /** Who answered is often named more exactly than who was asked; what was asked for stays the call's model. */
  private answeredBy(model: string): void {
    this.model = this.shortened(model);
    if (this.call.requestedModel() === undefined) {
      this.call.describe({ name: this.model, model: this.model });
    }
  }

  private outputCount(
    usage: number | undefined,
  ): Pick<CallEnded, 'completionTokens' | 'tokenCountSource'> {
    if (usage !== undefined) return { completionTokens: usage, tokenCountSource: 'usage' };
    const { counted, count } = this.tokens;
    if (counted !== null) return { completionTokens: counted, tokenCountSource: 'logprobs' };
    return count > 0 ? { tokenCountSource: 'chunks' } : {};
  }

  private text(isCut: boolean): string | undefined {
    if (this.tokens.count > 0) return this.tokens.response();
    const text = this.body.text();
    if (this.body.isCut) this.call.note('The response is too large: only its beginning was kept.');
    return this.call.redaction.jsonText(text, parseJson(text), isCut || this.body.isCut);
  }

  private shortened(name: string): string {
    return shortened(this.call.redaction, name, longestName);
  }
}

const longestName = 500;
const zero = microseconds(0);
