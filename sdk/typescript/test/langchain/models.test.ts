/** Calls of the models of @langchain/openai, -anthropic and -ollama, as they really were and as they are recorded. */
import assert from 'node:assert/strict';
import { OpenAIEmbeddings } from '@langchain/openai';
import { type Truth, trueText } from '../../../../test/mock/truth.js';
import { LlmStreamCallbackHandler } from '../../src/langchain.js';
import { type Recorded, LangChainSuite } from './harness/langChainSuite.js';
import {
  chatModels,
  completionModels,
  openaiChat,
  readToEnd,
  weatherTool,
} from './harness/models.js';
import { type RecordedCall, callsOf } from './harness/recordedRuns.js';

const question = 'What is the weather like?';

function theCall(recorded: Recorded): { call: RecordedCall; truth: Truth } {
  const [call, ...others] = callsOf(recorded);
  const [truth] = recorded.truths;
  assert.ok(call && truth);
  assert.equal(others.length, 0);
  return { call, truth };
}

const kindAndText = ({ kind, text }: { readonly kind: string; readonly text: string }) =>
  `${kind}: ${text}`;

const tokensOf = ({ tokens }: RecordedCall | Truth): string[] => tokens.map(kindAndText);

describe('the LangChain handler, of models', function () {
  this.timeout(30_000);
  const suite = new LangChainSuite();
  const callbacks = [new LlmStreamCallbackHandler()];
  const asked = (scenario: string) => ({ url: suite.mock.url, scenario });

  for (const [name, model] of Object.entries(chatModels)) {
    describe(name, () => {
      for (const scenario of ['default', 'reasoning', 'two-tools']) {
        it(`records every token of "${scenario}"`, async () => {
          const recorded = await suite.record(async () => {
            const offered = model(asked(scenario)).bindTools([weatherTool]);
            await readToEnd(await offered.stream(question, { callbacks }));
          });
          const { call, truth } = theCall(recorded);
          assert.ok(truth.tokens.length > 3);
          assert.deepEqual(tokensOf(call), tokensOf(truth));
          assert.deepEqual(factsOf(call), {
            ...{ model: `mock/${scenario}`, provider: providers[name], state: 'completed' },
            ...{ streaming: true, clockSource: 'sdk' },
            finishReason: scenario === 'two-tools' ? toolReasons[name] : stopReasons[name],
            usage: [truth.usage?.promptTokens, truth.usage?.completionTokens],
          });
          assert.match(call.section('Request'), /What is the weather like\?/);
          assert.match(call.section('Request'), /get_weather/);
        });
      }

      it('records a call that is not streamed', async () => {
        const recorded = await suite.record(() =>
          model(asked('default')).invoke(question, { callbacks }),
        );
        const { call, truth } = theCall(recorded);
        assert.deepEqual(factsOf(call), {
          ...{ model: 'mock/default', provider: providers[name], state: 'completed' },
          // Ollama's integration always streams.
          ...{ streaming: name === 'ChatOllama', clockSource: 'sdk' },
          finishReason: stopReasons[name],
          usage: [truth.usage?.promptTokens, truth.usage?.completionTokens],
        });
        const said = call.tokens.map(({ text }) => text).join('') || call.section('Response');
        assert.ok(said.includes(trueText(truth, 'text')), said);
      });

      it('records what tools a call that is not streamed wants', async () => {
        const recorded = await suite.record(() =>
          model(asked('tools')).bindTools([weatherTool]).invoke(question, { callbacks }),
        );
        const { call } = theCall(recorded);
        assert.match(tokensOf(call).join() || call.section('Response'), /get_weather.*Zürich/s);
      });

      it('records a refused call as failed, with its status', async () => {
        const recorded = await suite.record(() =>
          assert.rejects(model(asked('status-429')).invoke(question, { callbacks })),
        );
        const { call } = theCall(recorded);
        assert.deepEqual(
          [call.call.state, call.call.errorCode, call.call.httpStatus],
          ['failed', 'RATE_LIMIT', 429],
        );
      });

      it('records an aborted call as aborted, with what had come', async () => {
        const leaving = new AbortController();
        const recorded = await suite.record(() =>
          assert.rejects(async () => {
            const { signal } = leaving;
            const stream = await model(asked('slow')).stream(question, { callbacks, signal });
            for await (const { text } of stream) if (text.includes('fox3')) leaving.abort();
          }),
        );
        const { call, truth } = theCall(recorded);
        assert.deepEqual([call.call.state, call.call.errorCode], ['aborted', 'CLIENT_ABORT']);
        // LangChain tells of a chunk when the next one is asked for: of the last one never.
        const { length } = call.tokens;
        assert.ok(length >= 3 && length <= truth.tokens.length, `${length} tokens`);
        assert.deepEqual(tokensOf(call), tokensOf(truth).slice(0, length));
      });

      it('keeps calls apart that run at once', async () => {
        const texts = Array.from({ length: 6 }, (_, index) => `${name} has call ${index} here`);
        const recorded = await suite.record(() =>
          Promise.all(
            texts.map(async (text) => {
              const scenario = { text, gapsMs: [2, 9, 5] };
              const stream = await model({ url: suite.mock.url, scenario }).stream(text, {
                callbacks,
              });
              await readToEnd(stream);
            }),
          ),
        );
        const calls = callsOf(recorded);
        assert.deepEqual(calls.map((call) => textOf(call)).sort(), texts);
        for (const call of calls) assert.ok(call.section('Request').includes(textOf(call)));
      });
    });
  }

  for (const [name, model] of Object.entries(completionModels)) {
    it(`records every token of the completion model ${name}`, async () => {
      const recorded = await suite.record(async () => {
        await readToEnd(await model(asked('default')).stream(question, { callbacks }));
      });
      const { call, truth } = theCall(recorded);
      assert.equal(truth.tokens.length, 24);
      assert.deepEqual(tokensOf(call), tokensOf(truth));
      assert.deepEqual([call.call.model, call.call.state], ['mock/default', 'completed']);
      assert.match(call.section('Request'), /What is the weather like\?/);
    });
  }

  it('records the tokens of a model that streams although the agent waits for all of it', async () => {
    const model = chatModels.ChatAnthropic({ ...asked('default'), streaming: true });
    const recorded = await suite.record(() => model.invoke(question, { callbacks }));
    const { call, truth } = theCall(recorded);
    assert.deepEqual(tokensOf(call), tokensOf(truth));
    assert.equal(call.call.streaming, true);
  });

  it('records each call of a batch', async () => {
    const recorded = await suite.record(() =>
      openaiChat(asked('default')).batch(['one', 'two', 'three'], { callbacks }),
    );
    const requests = callsOf(recorded).map((call) => call.section('Request'));
    for (const word of ['one', 'two', 'three']) {
      assert.equal(requests.filter((request) => request.includes(`"${word}"`)).length, 1);
    }
  });

  it('tells the choices of one call apart', async () => {
    const recorded = await suite.record(async () => {
      const model = openaiChat(asked('default'));
      model.n = 2;
      await readToEnd(await model.stream(question, { callbacks }));
    });
    const { call, truth } = theCall(recorded);
    assert.deepEqual(tokensOf(call).sort(), tokensOf(truth).sort());
  });

  it('has the times of the tokens as they were written', async () => {
    const gapsMs = [60, 20, 90, 40];
    const recorded = await suite.record(async () => {
      const model = openaiChat({ url: suite.mock.url, scenario: { tokens: 40, gapsMs } });
      await readToEnd(await model.stream(question, { callbacks }));
    });
    const { call, truth } = theCall(recorded);
    const late = call.tokens.map(({ offsetUs }, index) => {
      const [first, token] = [truth.tokens[0], truth.tokens[index]];
      assert.ok(first && token);
      const since = token.writtenUs - first.writtenUs;
      return Math.abs(offsetUs - (call.tokens[0]?.offsetUs ?? NaN) - since) / 1_000;
    });
    // Not the longest: the machine does other things too.
    const median = late.sort((one, other) => one - other)[20] ?? NaN;
    assert.ok(median < 10, `${median} ms`);
  });

  it('records an error in the middle of a stream, with what had come', async () => {
    const recorded = await suite.record(() =>
      assert.rejects(async () => {
        await readToEnd(await openaiChat(asked('error-event')).stream(question, { callbacks }));
      }),
    );
    const { call, truth } = theCall(recorded);
    assert.equal(call.call.state, 'failed');
    assert.equal(call.tokens.length, 8);
    assert.deepEqual(tokensOf(call), tokensOf(truth));
  });

  it('says when nobody could be reached', async () => {
    const model = openaiChat({ url: 'http://127.0.0.1:1', scenario: 'default' });
    const recorded = await suite.record(() =>
      assert.rejects(model.invoke(question, { callbacks })),
    );
    const [call] = callsOf(recorded);
    assert.equal(call?.call.errorCode, 'UPSTREAM_UNREACHABLE');
  });

  it('is not disturbed by embeddings, and does not disturb them', async () => {
    const fields = { apiKey: 'x', configuration: { baseURL: `${suite.mock.url}/v1` } };
    const recorded = await suite.record(async () => {
      await new OpenAIEmbeddings({ ...fields, maxRetries: 0 }).embedQuery('x').catch(() => null);
      await openaiChat(asked('default')).invoke(question, { callbacks });
    });
    assert.equal(callsOf(recorded).length, 1);
  });
});

const textOf = ({ tokens }: RecordedCall): string => tokens.map(({ text }) => text).join('');

const factsOf = ({ call }: RecordedCall) => ({
  ...{ model: call.model, provider: call.provider, state: call.state },
  ...{ streaming: call.streaming, clockSource: call.clockSource },
  finishReason: call.finishReason,
  usage: [call.promptTokens, call.completionTokens],
});

type Words = Readonly<Record<string, string>>;
const providers: Words = {
  ChatOpenAI: 'openai',
  'ChatOpenAI with Responses': 'openai',
  ChatAnthropic: 'anthropic',
  ChatOllama: 'ollama',
};
const stopReasons: Words = {
  ChatOpenAI: 'stop',
  'ChatOpenAI with Responses': 'completed',
  ChatAnthropic: 'end_turn',
  ChatOllama: 'stop',
};
const toolReasons: Words = { ...stopReasons, ChatOpenAI: 'tool_calls', ChatAnthropic: 'tool_use' };
