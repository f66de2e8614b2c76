import assert from 'node:assert/strict';
import type { ExchangeEnding } from '../../../../src/capture/exchange.js';
import type { CallErrorCode, CallState } from '../../../../src/model/trace.js';
import { microseconds } from '../../../../src/model/units.js';
import {
  type Exchange,
  RecordedEvents,
  chunk,
  done,
  event,
  eventStream,
  finish,
  json,
  question,
  sentUs,
  usage,
} from './recorded.js';

interface Ending {
  readonly tell: (exchange: Exchange) => void;
  readonly state: CallState;
  readonly code?: CallErrorCode;
  readonly message?: RegExp;
  readonly text?: string;
}

const streamed = (exchange: Exchange): Exchange =>
  exchange.sent().asked(question).head().reads(chunk('two '), chunk('words'));

const answered =
  (status: number, body: unknown, headers: Record<string, string> = json) =>
  (exchange: Exchange): void =>
    void exchange
      .sent()
      .asked(question)
      .head(status, headers)
      .reads(typeof body === 'string' ? body : JSON.stringify(body))
      .ended();

const refusal = (type: string) => ({ error: { type, message: `This is ${type}.` } });
const reset: ExchangeEnding = { how: 'upstream-reset', message: 'The upstream: ECONNRESET.' };
const partial = 'two words';

const endings: Readonly<Record<string, Ending>> = {
  'a stream with its terminal event': {
    tell: (exchange) => void streamed(exchange).reads(finish, usage, done).ended(),
    ...{ state: 'completed', text: partial },
  },
  'a client that leaves after the terminal event': {
    tell: (exchange) => void streamed(exchange).reads(finish, done).ended({ how: 'client-abort' }),
    ...{ state: 'completed', text: partial },
  },
  'a connection that breaks after the terminal event': {
    tell: (exchange) => void streamed(exchange).reads(finish, done).ended(reset),
    ...{ state: 'completed', text: partial },
  },
  'a client that leaves in the middle': {
    tell: (exchange) => void streamed(exchange).ended({ how: 'client-abort' }),
    ...{ state: 'aborted', code: 'CLIENT_ABORT', text: partial },
    message: /^The agent closed the connection after 2 tokens\.$/,
  },
  'a client that leaves before the response': {
    tell: (exchange) => void exchange.sent().asked(question).ended({ how: 'client-abort' }),
    ...{ state: 'aborted', code: 'CLIENT_ABORT' },
    message: /^The agent closed the connection before there was a response\.$/,
  },
  'an upstream that resets': {
    tell: (exchange) => void streamed(exchange).ended(reset),
    ...{ state: 'truncated', code: 'TRUNCATED', text: partial },
    message: /^The connection was closed by the upstream after 2 tokens\.$/,
  },
  'a stream without its terminal event': {
    tell: (exchange) => void streamed(exchange).ended(),
    ...{ state: 'truncated', code: 'TRUNCATED', text: partial },
    message: /without its last event, after 2 tokens/,
  },
  'an error in the middle of a stream': {
    tell: (exchange) =>
      void streamed(exchange)
        .reads(event(refusal('overloaded_error')))
        .ended(),
    ...{ state: 'failed', code: 'LLM_ERROR', text: partial },
    message: /^This is overloaded_error\.$/,
  },
  'an error after which the client leaves': {
    tell: (exchange) =>
      void streamed(exchange)
        .reads(event(refusal('rate_limit_error')))
        .ended({ how: 'client-abort' }),
    ...{ state: 'failed', code: 'RATE_LIMIT', text: partial },
  },
  'an idle timeout': {
    tell: (exchange) => void streamed(exchange).ended({ how: 'timeout', message: 'Silent.' }),
    ...{ state: 'failed', code: 'TIMEOUT', text: partial, message: /^Silent\.$/ },
  },
  'an upstream that cannot be reached': {
    tell: (exchange) => void exchange.asked(question).ended({ how: 'unreachable', message: 'No.' }),
    ...{ state: 'failed', code: 'UPSTREAM_UNREACHABLE', message: /^No\.$/ },
  },
  'a request that the capture refuses': {
    tell: (exchange) => void exchange.ended({ how: 'refused', status: 413, message: 'Too large.' }),
    ...{ state: 'failed', message: /^Too large\.$/ },
  },
  'a capture that is stopped': {
    tell: (exchange) => void streamed(exchange).ended({ how: 'stopped' }),
    ...{ state: 'interrupted', code: 'INTERRUPTED', text: partial },
    message: /^The capture was stopped after 2 tokens\.$/,
  },
  'an answer in one piece': {
    tell: answered(200, { model: 'gpt-4o', choices: [{ message: { content: 'Hi' } }] }),
    state: 'completed',
  },
  'an answer in one piece that is cut': {
    tell: (exchange) =>
      void exchange.sent().asked(question).head(200, json).reads('{"a').ended(reset),
    ...{ state: 'truncated', code: 'TRUNCATED' },
  },
  'status 401': {
    tell: answered(401, refusal('authentication_error')),
    ...{ state: 'failed', code: 'AUTH_ERROR', message: /^This is authentication_error\.$/ },
  },
  'status 408': { tell: answered(408, ''), state: 'failed', code: 'TIMEOUT' },
  'status 429': { tell: answered(429, refusal('x')), state: 'failed', code: 'RATE_LIMIT' },
  'status 500': { tell: answered(500, '<html>'), state: 'failed', code: 'LLM_ERROR' },
  'status 529': {
    tell: answered(529, refusal('overloaded_error'), eventStream),
    ...{ state: 'failed', code: 'LLM_ERROR' },
  },
};

describe('endings of a recorded call', () => {
  for (const [name, { tell, state, code, message, text = '' }] of Object.entries(endings)) {
    it(`${name}: ${state} ${code ?? ''}`, async () => {
      const recorded = new RecordedEvents();
      tell(recorded.begin());
      const { ended } = await recorded.settled();
      assert.equal(ended.state, state);
      assert.equal(ended.errorCode, code);
      if (message) assert.match(ended.errorMessage ?? '', message);
      assert.equal(ended.errorMessage === undefined, state === 'completed');
      assert.equal(recorded.text(), text);
      assert.deepEqual(recorded.problems, []);
    });
  }

  it('keeps the body of the provider with an error status', async () => {
    const recorded = new RecordedEvents();
    answered(429, refusal('rate_limit_error'))(recorded.begin());
    const { ended } = await recorded.settled();
    assert.equal(ended.response, JSON.stringify(refusal('rate_limit_error')));
    assert.equal(ended.httpStatus, 429);
  });

  it('keeps the error event of a stream beside its text', async () => {
    const recorded = new RecordedEvents();
    streamed(recorded.begin())
      .reads(chunk('!') + event(refusal('overloaded_error')))
      .ended();
    const { ended, data } = await recorded.settled();
    assert.equal(ended.response, undefined, 'it would hide the text');
    assert.deepEqual(data['error_event'], refusal('overloaded_error'));
    assert.equal(recorded.text(), 'two words!');
  });

  it('notes apart what the agent had been given', async () => {
    const recorded = new RecordedEvents();
    streamed(recorded.begin()).ended({ how: 'client-abort' }, { bytes: 42, isWhole: false });
    const { data } = await recorded.settled();
    assert.equal(data['delivered_bytes'], 42);
    assert.equal(data['delivered_whole'], false);
    assert.equal(data['client_left'], true);
  });

  it('lasts until the last byte, however long the client stays connected', async () => {
    const recorded = new RecordedEvents();
    const { observer } = streamed(recorded.begin()).reads(finish, done);
    const longAfter = microseconds(sentUs + 60_000_000);
    observer.ended({ how: 'client-abort' }, { bytes: 1, isWhole: true }, longAfter);
    assert.equal((await recorded.settled()).ended.durationUs, 5_000);
  });

  it('takes no count of tokens from a stream that did not come to its end', async () => {
    const recorded = new RecordedEvents();
    const start = { message: { model: 'claude', usage: { input_tokens: 7, output_tokens: 1 } } };
    recorded
      .begin({ path: '/v1/messages' })
      .sent()
      .asked({ model: 'claude', stream: true })
      .head()
      .reads(event({ type: 'message_start', ...start }))
      .reads(
        event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } }),
      )
      .reads(
        event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'b' } }),
      )
      .ended({ how: 'client-abort' });
    const { ended } = await recorded.settled();
    assert.equal(ended.promptTokens, 7);
    assert.equal(ended.completionTokens, undefined);
    assert.equal(ended.tokenCountSource, 'chunks');
  });
});
