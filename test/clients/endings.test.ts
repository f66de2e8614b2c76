/** How calls end that do not end well: told apart, and with whatever had come. */
import assert from 'node:assert/strict';
import type { CallErrorCode, CallState } from '../../src/model/trace.js';
import { clients } from './harness/clients.js';
import { ask } from './harness/conversation.js';
import { eventually } from './harness/eventually.js';
import { openaiChat } from './harness/openaiClients.js';
import { anthropic } from './harness/otherClients.js';
import { readCalls, recordedText } from './harness/recorded.js';
import { CaptureSuite } from './harness/suite.js';

/** What comes before an ending, by the mock's scenarios. */
const partialText = 'the0 quick1 brown2 fox3 jumps4 over5 a6 lazy7';
const partialTokens = 8;

describe('endings of calls', () => {
  const suite = new CaptureSuite();

  const statuses: readonly (readonly [status: number, code: CallErrorCode])[] = [
    [401, 'AUTH_ERROR'],
    [403, 'AUTH_ERROR'],
    [408, 'TIMEOUT'],
    [429, 'RATE_LIMIT'],
    [500, 'LLM_ERROR'],
    [503, 'LLM_ERROR'],
    [529, 'LLM_ERROR'],
  ];
  for (const [status, code] of statuses) {
    for (const [name, { client }] of Object.entries(clients)) {
      it(`status ${status} is ${code} (${name})`, async () => {
        const question = { scenario: `status-${status}`, streaming: true };
        const direct = await ask(client, { ...question, endpoint: suite.direct });
        const { heard, call } = await suite.ask(client, question);
        assert.ok(heard.failure);
        assert.deepEqual(heard.failure, direct.failure);
        assert.equal(call.httpStatus, status);
        assertEnding(call, 'failed', code);
        assert.ok(call.errorMessage, "the provider's words");
        assert.ok(call.response.length > 0, "the provider's body");
      });
    }
  }

  for (const [name, { client }] of Object.entries(clients)) {
    it(`an error event keeps the text before it (${name})`, async () => {
      const question = { scenario: 'error-event', streaming: true };
      const direct = await ask(client, { ...question, endpoint: suite.direct });
      const { heard, call } = await suite.ask(client, question);
      assert.deepEqual(heard.failure, direct.failure);
      assert.equal(call.httpStatus, 200);
      assertEnding(call, 'failed', 'LLM_ERROR');
      assertPartialText(call);
    });

    it(`a client that aborts cancels the upstream request (${name})`, async () => {
      const question = { scenario: 'hang', streaming: true, abortAfter: 5 };
      const { truth, call } = await suite.ask(client, question);
      assertEnding(call, 'aborted', 'CLIENT_ABORT');
      assert.ok(recordedText(call, 'text').startsWith('the0 quick1 brown2 fox3 jumps4'));
      await eventually(
        () => truth.ending,
        (ending) => ending === 'client-left',
      );
    });
  }

  for (const [name, client] of Object.entries({ openaiChat, anthropic })) {
    it(`a stream without its terminal event is truncated (${name})`, async () => {
      const { call } = await suite.ask(client, { scenario: 'truncated', streaming: true });
      assertEnding(call, 'truncated', 'TRUNCATED');
      assertPartialText(call);
    });

    for (const scenario of ['cut', 'reset']) {
      it(`a connection that breaks is no end of a stream: ${scenario} (${name})`, async () => {
        const { heard, call } = await suite.ask(client, { scenario, streaming: true });
        assert.ok(heard.failure, 'the client must learn of it');
        assertEnding(call, 'truncated', 'TRUNCATED');
        assertPartialText(call);
      });
    }
  }

  it('a call that hangs is there from the beginning, and its text as it comes', async () => {
    const run = suite.newRun();
    const leaving = new AbortController();
    const hanging = ask(openaiChat, {
      ...{ endpoint: suite.capture.run(run), scenario: 'hang', streaming: true },
      signal: leaving.signal,
    });
    const call = await suite.call(run, ({ tokens }) => tokens.length === partialTokens);
    assert.equal(call.state, 'streaming');
    assertPartialText(call);
    leaving.abort();
    await hanging;
    assertEnding(await suite.ended(run), 'aborted', 'CLIENT_ABORT');
  });

  it('a call that hangs before its head is there too', async () => {
    const leaving = new AbortController();
    const run = suite.newRun();
    const hanging = fetch(`${suite.capture.run(run)('openai')}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'mock/hang-before-head', stream: true }),
      signal: leaving.signal,
    }).catch(() => undefined);
    const call = await suite.call(run, ({ model }) => model === 'mock/hang-before-head');
    assert.equal(call.state, 'streaming');
    assert.equal(call.httpStatus, null);
    leaving.abort();
    await hanging;
    assertEnding(await suite.ended(run), 'aborted', 'CLIENT_ABORT');
  });

  it('an upstream that cannot be reached is told as such, to the client and in the trace', async () => {
    const run = suite.newRun();
    const base = `${suite.capture.address.url}/run/${encodeURIComponent(run)}/unreachable`;
    const heard = await ask(openaiChat, {
      ...{ endpoint: () => base, scenario: 'default', streaming: true },
    });
    assert.equal(heard.failure?.status, 502);
    const call = await suite.ended(run);
    assertEnding(call, 'failed', 'UPSTREAM_UNREACHABLE');
    assert.equal(call.model, 'mock/default');
  });

  suite.leavesTheSameFile();
});

describe('an upstream that is silent for too long', () => {
  const suite = new CaptureSuite({ LLM_STREAM_IDLE_TIMEOUT_SECONDS: '0.5' });

  it('in the middle of a stream: the text until then is kept', async () => {
    const { heard, call } = await suite.ask(openaiChat, { scenario: 'hang', streaming: true });
    assert.ok(heard.failure, 'the client must learn of it');
    assertEnding(call, 'failed', 'TIMEOUT');
    assertPartialText(call);
  });

  it('before its head: the client is told with 504', async () => {
    const question = { scenario: 'hang-before-head', streaming: true };
    const { heard, call } = await suite.ask(openaiChat, question);
    assert.equal(heard.failure?.status, 504);
    assertEnding(call, 'failed', 'TIMEOUT');
  });

  it('a slow stream with gaps below the limit goes on for longer than it', async () => {
    const scenario = { gapsMs: [100], tokens: 10 };
    const { heard, call } = await suite.ask(openaiChat, { scenario, streaming: true });
    assert.equal(heard.failure, null);
    assert.equal(call.state, 'completed');
  });
});

describe('a capture that is stopped', () => {
  const suite = new CaptureSuite();

  it('leaves the text of its open streams, as interrupted calls', async () => {
    const run = suite.newRun();
    const asking = ask(openaiChat, {
      ...{ endpoint: suite.capture.run(run), scenario: 'hang', streaming: true },
    });
    await suite.call(run, ({ tokens }) => tokens.length === partialTokens);
    assert.equal(await suite.capture.stop(), 0);
    assert.ok((await asking).failure, 'the client must learn of it');
    const [call] = await readCalls(suite.capture.db, run);
    assert.ok(call);
    assertEnding(call, 'interrupted', 'INTERRUPTED');
    assertPartialText(call);
  });
});

interface Ending {
  readonly state: CallState;
  readonly errorCode: CallErrorCode | null;
}

function assertEnding(call: Ending, state: CallState, errorCode: CallErrorCode): void {
  assert.deepEqual(
    { state: call.state, errorCode: call.errorCode },
    { state, errorCode },
    JSON.stringify(call).slice(0, 1_000),
  );
}

function assertPartialText(call: Parameters<typeof recordedText>[0]): void {
  assert.equal(recordedText(call, 'text'), partialText);
}
