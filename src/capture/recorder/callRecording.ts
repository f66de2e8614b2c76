/** Records one call of a model: what was asked, each token as it came, and how it ended. */
import type { IncomingHttpHeaders } from 'node:http';
import {
  type EpochMicroseconds,
  type Microseconds,
  epochMicroseconds,
  microseconds,
} from '../../model/units.js';
import type { CallDescribed } from '../../store/log/traceEvent.js';
import type { Delivery, ExchangeEnding, ResponseHead } from '../exchange.js';
import { parseJson } from '../wire/json.js';
import type { RequestFacts, WireFormat } from '../wire/wireFormat.js';
import { CallResponse } from './callResponse.js';
import { callEnding } from './callEnding.js';
import { CallTokens } from './callTokens.js';
import { ChoiceTexts, asksForChoices } from './choiceTexts.js';
import { endData, requestData } from './exchangeData.js';
import type { Beginning, Recording } from './recording.js';
import { shortened } from './shortened.js';
import { formatFields, wireRequestOf } from './wireFields.js';

export class CallRecording implements Recording {
  private facts: RequestFacts;
  private model: string | undefined;
  /** When the request was sent; when it came, as long as it has not been. */
  private sentUs: Microseconds;
  private choices: ChoiceTexts | null = null;
  private tokens: CallTokens | null = null;
  private response: CallResponse | null = null;
  private readonly notices: string[] = [];
  private hasEnded = false;

  constructor(
    private readonly beginning: Beginning,
    private readonly format: WireFormat,
  ) {
    this.sentUs = beginning.atUs;
    this.facts = format.request(wireRequestOf(beginning.head, undefined));
  }

  begin(): void {
    const { id, runId, head, startedAtUs, redaction, emit } = this.beginning;
    const model = this.modelOf(this.facts);
    emit({
      ...{ type: 'call-started', callId: id, runId, name: model ?? redaction.text(head.path) },
      ...{ atUs: startedAtUs, clockSource: 'proxy', streaming: this.facts.streaming },
      ...formatFields(this.format),
      ...(model !== undefined && { model }),
      data: requestData(head, redaction),
    });
  }

  requestSent(atUs: Microseconds): void {
    this.sentUs = atUs;
    const waitedUs = atUs - this.beginning.atUs;
    this.describe({
      atUs: this.wallClock(waitedUs),
      data: { connect_ms: Math.round(waitedUs) / 1_000 },
    });
  }

  requestBody(body: Buffer, isCut: boolean): void {
    if (body.length === 0) return;
    const { head, redaction } = this.beginning;
    if (isCut) this.note(`Of the request's body, only the first ${body.length} bytes were kept.`);
    if (!isText(head.headers)) {
      return this.note(`The request's body is no text and was not kept: ${body.length} bytes.`);
    }
    const text = body.toString('utf8');
    if (isForm(head.headers, text)) return this.describe({ request: redaction.query(text) });
    const parsed = isCut ? undefined : parseJson(text);
    this.facts = this.format.request(wireRequestOf(head, parsed));
    const model = this.modelOf(this.facts);
    this.choices = asksForChoices(parsed) ? new ChoiceTexts() : null;
    this.describe({
      ...{ streaming: this.facts.streaming, request: redaction.jsonText(text, parsed, isCut) },
      ...(model !== undefined && { name: model, model }),
    });
  }

  responseHead(head: ResponseHead): void {
    const { redaction } = this.beginning;
    this.tokens = new CallTokens(
      ...([this.beginning.id, redaction, this.beginning.emit, this.choices] as const),
    );
    this.response = new CallResponse(head, this.format, this.tokens, {
      redaction,
      describe: (description) => this.describe(description),
      note: (notice) => this.note(notice),
      offsetOf: (atUs) => this.offsetOf(atUs),
      requestedModel: () => this.model,
      attempt: this.beginning.attempt,
    });
    this.response.begin(this.facts.streaming);
  }

  responseRead(bytes: Buffer, atUs: Microseconds): void {
    this.response?.read(bytes, atUs);
  }

  upgraded({ status }: ResponseHead): void {
    this.describe({ httpStatus: status });
    this.note('The connection went on in another protocol: passed through, not inspected.');
  }

  ended(ending: ExchangeEnding, delivery: Delivery, atUs: Microseconds): void {
    const finish = (): void => this.finish(ending, delivery, atUs);
    if (this.response) this.response.end(finish);
    else finish();
  }

  giveUp(): void {
    this.finish(
      { how: 'stopped' },
      { bytes: 0, isWhole: false },
      this.response?.lastReadUs ?? this.sentUs,
    );
  }

  private finish(ending: ExchangeEnding, delivery: Delivery, atUs: Microseconds): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    const { id, redaction, emit, ended } = this.beginning;
    const { response, tokens } = this;
    const status = response?.status ?? (ending.how === 'refused' ? ending.status : undefined);
    const count = tokens?.count ?? 0;
    const outcome = callEnding({
      ...{ ending, status, tokens: count, error: response?.error },
      isStream: response?.shape === 'stream',
      hasTerminal: response?.hasTerminal ?? false,
      endsWithTerminal: response?.endsWithTerminal ?? false,
    });
    const isCompleted = outcome.state === 'completed';
    tokens?.end(!isCompleted);
    // What an agent does with its connection after the answer is whole takes no time of the model.
    const isLate = isCompleted && ending.how !== 'complete';
    const endUs = isLate ? (response?.lastReadUs ?? atUs) : atUs;
    emit({
      ...{ type: 'call-ended', callId: id, durationUs: this.offsetOf(endUs), ...outcome },
      ...(outcome.errorMessage !== undefined && {
        errorMessage: redaction.text(outcome.errorMessage, true),
      }),
      ...(status !== undefined && { httpStatus: status }),
      ...response?.endFields(isCompleted),
      data: {
        ...endData(ending, delivery, redaction),
        ...response?.endData(),
        ...(this.notices.length > 0 && { notices: this.notices }),
      },
    });
    ended();
  }

  private modelOf({ model }: RequestFacts): string | undefined {
    if (model !== null) this.model = shortened(this.beginning.redaction, model, longestName);
    return this.model;
  }

  private describe(description: Omit<CallDescribed, 'type' | 'callId'>): void {
    if (this.hasEnded) return;
    this.beginning.emit({ type: 'call-described', callId: this.beginning.id, ...description });
  }

  private note(notice: string): void {
    if (this.notices.length >= mostNotices) return;
    const text = shortened(this.beginning.redaction, notice, longestNotice);
    if (!this.notices.includes(text)) this.notices.push(text);
  }

  private offsetOf(atUs: Microseconds): Microseconds {
    return microseconds(Math.max(0, Math.round(atUs - this.sentUs)));
  }

  private wallClock(sinceBeginUs: number): EpochMicroseconds {
    return epochMicroseconds(Math.round(this.beginning.startedAtUs + sinceBeginUs));
  }
}

const longestName = 500;
const mostNotices = 20;
const longestNotice = 2_000;

/** Uploads and bodies that are compressed are bytes; a client that says nothing sends JSON. */
function isText(headers: IncomingHttpHeaders): boolean {
  const type = (headers['content-type'] ?? 'json').toLowerCase();
  const isEncoded = (headers['content-encoding'] ?? 'identity') !== 'identity';
  return !isEncoded && /^text\/|json|xml|yaml|javascript|x-www-form-urlencoded/.test(type);
}

/** Fields of a login, for example. JSON is called so too: by curl, where nothing else is said. */
const isForm = (headers: IncomingHttpHeaders, body: string): boolean =>
  /^application\/x-www-form-urlencoded/i.test(headers['content-type'] ?? '') &&
  !/^\s*[{[]/.test(body);
