/** The vendors' clients through the capture: they hear the same as without it, and the trace tells what they heard. */
import assert from 'node:assert/strict';
import type { ScenarioRequest } from '../mock/scenario.js';
import { trueText } from '../mock/truth.js';
import { clients } from './harness/clients.js';
import { type Heard, type Question, ask } from './harness/conversation.js';
import { openaiChat } from './harness/openaiClients.js';
import { gemini } from './harness/otherClients.js';
import { CaptureSuite, type Exchange } from './harness/suite.js';

/** What is told apart in an answer; short gaps, because times are not what is tested here. */
const answers: Readonly<Record<string, ScenarioRequest>> = {
  'a plain answer': { name: 'default', gapsMs: [2] },
  reasoning: { name: 'reasoning', gapsMs: [2] },
  'two tool calls': { name: 'two-tools', gapsMs: [2] },
  'a refusal': { name: 'refusal', gapsMs: [2] },
  'characters and events cut anywhere': { name: 'split', gapsMs: [2] },
  'signs of life in between': { name: 'pings', gapsMs: [2] },
  'an answer that got too long': { name: 'length', gapsMs: [2] },
};
/** For a machine that is busy with others. */
const latestUs = 2_000_000;

describe('real clients through the capture', () => {
  const suite = new CaptureSuite();

  for (const [name, { client, provider }] of Object.entries(clients)) {
    describe(name, () => {
      for (const [what, scenario] of Object.entries(answers)) {
        const question = { scenario, offersTools: scenario.name === 'two-tools' };

        it(`streams ${what}`, async () => {
          const exchange = await askBothWays({ ...question, streaming: true });
          assertRecorded(exchange, { provider, streaming: true });
          assertTokens(exchange);
        });
      }

      it('gets an answer in one piece', async () => {
        const scenario = { name: 'two-tools' };
        const question = { scenario, streaming: false, offersTools: true };
        const exchange = await askBothWays(question);
        assertRecorded(exchange, { provider, streaming: false });
        assert.equal(exchange.call.tokens.length, 0);
        assert.match(exchange.call.response, /look that up/);
        assert.match(exchange.call.response, /Zürich/);
      });

      const askBothWays = async (question: Omit<Question, 'endpoint'>): Promise<Exchange> => {
        const direct = await ask(client, { ...question, endpoint: suite.direct });
        const exchange = await suite.ask(client, question);
        assert.equal(exchange.heard.failure, null);
        assert.deepEqual(said(exchange.heard), said(direct));
        return exchange;
      };
    });
  }

  for (const [name, client] of Object.entries({ openaiChat, gemini })) {
    it(`keeps the choices of an answer apart (${name})`, async () => {
      const exchange = await suite.ask(client, { scenario: 'fast', streaming: true, choices: 3 });
      assert.equal(exchange.heard.text.length, 3);
      assertTokens(exchange);
      for (const [choice, text] of exchange.heard.text.entries()) {
        assert.equal(text, trueText(exchange.truth, 'text', { choice }));
        assert.ok(exchange.call.response.includes(text), `choice ${choice} is in the response`);
      }
    });
  }

  it('records what was asked', async () => {
    const { call } = await suite.ask(openaiChat, { scenario: 'fast', streaming: true });
    assert.equal(call.model, 'mock/fast');
    assert.match(call.request, /What is the weather like\?/);
  });

  suite.leavesTheSameFile();
});

/** Everything that a client heard. */
const said = ({ text, reasoning, refusal, toolCalls, finish, ...heard }: Heard) => ({
  ...{ text, reasoning, refusal, toolCalls, finish },
  ...{ promptTokens: heard.promptTokens, completionTokens: heard.completionTokens },
});

function assertRecorded(
  { call, truth }: Exchange,
  { provider, streaming }: { provider: string; streaming: boolean },
): void {
  assert.deepEqual(
    {
      ...{ state: call.state, errorCode: call.errorCode, errorMessage: call.errorMessage },
      ...{ httpStatus: call.httpStatus, streaming: call.streaming, model: call.model },
      ...{ provider: call.provider, wireFormat: call.wireFormat, clock: call.clockSource },
      ...{ promptTokens: call.promptTokens, completionTokens: call.completionTokens },
      countedBy: call.tokenCountSource,
    },
    {
      ...{ state: 'completed', errorCode: null, errorMessage: null },
      ...{ httpStatus: 200, streaming, model: truth.model },
      ...{ provider, wireFormat: truth.format, clock: 'proxy' },
      promptTokens: truth.usage?.promptTokens,
      completionTokens: truth.usage?.completionTokens,
      countedBy: 'usage',
    },
  );
  assert.ok(call.finishReason, 'a finish reason');
}

/** Each token of the truth, in order, and none before it was written: how exactly is measured in the bench. */
function assertTokens({ call, truth }: Exchange): void {
  const content = ({ kind, text }: { kind: string; text: string }) => ({ kind, text });
  assert.deepEqual(call.tokens.map(content), truth.tokens.map(content));
  for (const [index, { writtenUs }] of truth.tokens.entries()) {
    const lateUs = (call.tokens[index]?.offsetUs ?? NaN) - (writtenUs - truth.cameUs);
    assert.ok(lateUs >= -1 && lateUs < latestUs, `token ${index} is ${lateUs} µs late`);
  }
}
