/** How the handler gets along with others, with itself, and with what LangChain does to handlers. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { InMemoryCache } from '@langchain/core/caches';
import { BaseCallbackHandler } from '@langchain/core/callbacks/base';
import { RunnableLambda } from '@langchain/core/runnables';
import { mockUpstreams } from '../../../../test/clients/harness/captureProcess.js';
import { LlmStreamCallbackHandler, captureLangChain } from '../../src/langchain.js';
import { LangChainSuite } from './harness/langChainSuite.js';
import { chatModels, completionModels, openaiChat, readToEnd } from './harness/models.js';
import { callsOf } from './harness/recordedRuns.js';

const question = 'What is the weather like?';

describe('the LangChain handler, among others', function () {
  this.timeout(30_000);
  const suite = new LangChainSuite();
  const asked = (scenario: string) => ({ url: suite.mock.url, scenario });
  const ask = async (callbacks: BaseCallbackHandler[], scenario = 'default') =>
    readToEnd(await openaiChat(asked(scenario)).stream(question, { callbacks }));

  it('records once what several of it are told', async () => {
    const handler = new LlmStreamCallbackHandler();
    const recorded = await suite.record(async () => {
      const chat = openaiChat({ ...asked('default'), callbacks: [handler] });
      const completions = completionModels.OpenAI({ ...asked('default'), callbacks: [handler] });
      const callbacks = [handler, new LlmStreamCallbackHandler()];
      await readToEnd(await chat.stream(question, { callbacks }));
      await readToEnd(await completions.stream(question, { callbacks }));
    });
    assert.deepEqual(
      callsOf(recorded).map(({ tokens }) => tokens.length),
      [24, 24],
    );
  });

  it('has true times beside a handler that takes its time', async () => {
    class Slow extends BaseCallbackHandler {
      readonly name = 'slow';
      override handleLLMNewToken = () => pause(50);
    }
    const recorded = await suite.record(() => ask([new Slow(), new LlmStreamCallbackHandler()]));
    const [call] = callsOf(recorded);
    const [first, last] = [call?.tokens[0], call?.tokens.at(-1)];
    assert.ok(first && last);
    // One after the other in LangChain's queue they would take 24 × 50 ms.
    assert.ok(last.offsetUs - first.offsetUs < 900_000, `${last.offsetUs - first.offsetUs} µs`);
  });

  it('ends what nobody reads to its end with the chain around it', async () => {
    const impatient = RunnableLambda.from(async (text: string, config) => {
      for await (const chunk of await openaiChat(asked('default')).stream(text, config)) {
        if (chunk.text.includes('quick1')) return 'enough';
      }
      return 'all';
    });
    const callbacks = [new LlmStreamCallbackHandler()];
    const recorded = await suite.record(async () => {
      assert.equal(await impatient.invoke(question, { callbacks }), 'enough');
    });
    const [call] = callsOf(recorded);
    assert.equal(call?.call.state, 'aborted');
    assert.ok(call.tokens.length >= 1);
  });

  it('says that LangChain knew an answer already', async () => {
    const model = chatModels.ChatOpenAI(asked('default'));
    model.cache = new InMemoryCache();
    const recorded = await suite.record(async () => {
      const callbacks = [new LlmStreamCallbackHandler()];
      const [asked, known] = [
        await model.invoke(question, { callbacks }),
        await model.invoke(question, { callbacks }),
      ];
      assert.equal(asked.text, known.text);
    });
    const [, known] = callsOf(recorded);
    assert.equal(recorded.truths.length, 1);
    assert.match(known?.section('Raw') ?? '', /"cached": ?true/);
  });

  it('records a call twice that goes through the proxy of a capture too', async () => {
    const url = `${suite.capture.address.url}/run/both/openai`.replace(/\/v1$/, '');
    const model = openaiChat({ url, scenario: 'default' });
    model.clientConfig = { ...model.clientConfig, baseURL: url };
    const runs = await suite.recordOutside(async () => {
      const stream = await model.stream(question, { callbacks: [new LlmStreamCallbackHandler()] });
      await readToEnd(stream);
    });
    const calls = runs.flatMap(callsOf);
    assert.deepEqual(calls.map(({ call, tokens }) => [call.clockSource, tokens.length]).sort(), [
      ['proxy', 24],
      ['sdk', 24],
    ]);
  });

  it('survives whatever LangChain and its integrations may say', async () => {
    const handler = new LlmStreamCallbackHandler();
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const throwing = new Proxy(
      {},
      { get: () => assert.fail('read'), ownKeys: () => assert.fail('keys') },
    );
    const garbage = [
      undefined,
      null,
      7,
      '\ud800',
      [],
      cyclic,
      throwing,
      new Date(NaN),
      () => 1,
      10n,
    ];
    const told = handler as unknown as Record<string, (...given: unknown[]) => unknown>;
    const tell = (kind: string, thing: unknown, id: string): void => {
      told[`handle${kind}Start`]?.(thing, thing, id, thing, thing, thing, thing, thing);
      const chunks = [
        thing,
        { chunk: thing },
        { chunk: { message: thing } },
        { chunk: { message: { content: [thing], tool_call_chunks: [thing, { args: thing }] } } },
      ];
      for (const chunk of chunks)
        told['handleLLMNewToken']?.(thing, thing, id, thing, thing, chunk);
      told['handleChatModelStreamEvent']?.(thing, id);
      told['handleCustomEvent']?.(thing, thing, id);
      const ended = kind === 'ChatModel' ? 'LLM' : kind;
      told[`handle${ended}End`]?.(thing, id, thing, thing, thing);
      told[`handle${ended}Error`]?.(thing, id);
    };
    await suite.record(async () => {
      for (const [index, thing] of garbage.entries()) {
        for (const kind of ['ChatModel', 'LLM', 'Chain', 'Tool', 'Retriever']) {
          tell(kind, thing, `${kind} ${index}`);
        }
      }
      await ask([handler]);
    });
  });

  describe('captureLangChain', () => {
    it('records every call without being named, once, until it is ended', async () => {
      const recorded = await suite.record(async () => {
        const stop = captureLangChain();
        captureLangChain();
        await ask([]);
        await ask([new LlmStreamCallbackHandler()]);
        await RunnableLambda.from(() => ask([])).invoke('x');
        stop();
        await ask([]);
      });
      assert.deepEqual(
        callsOf(recorded).map(({ tokens }) => tokens.length),
        [24, 24, 24],
      );
      assert.equal(recorded.truths.length, 4);
    });

    it('records what a server does that is started after it', async () => {
      const runs = await suite.recordOutside(async () => {
        const stop = captureLangChain();
        const server = createServer((_request, response) => {
          void ask([]).then(() => response.end());
        });
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
        const { port } = server.address() as { port: number };
        await (await fetch(`http://127.0.0.1:${port}`)).text();
        server.closeAllConnections();
        server.close();
        stop();
      });
      assert.equal(runs.flatMap(callsOf).length, 1);
    });
  });

  describe('in a process of its own', () => {
    const run = async (environment: Record<string, string>) => {
      const script = new URL('harness/agent.ts', import.meta.url).pathname;
      const { url, token } = suite.capture.address;
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        ['--import=tsx', script, mockUpstreams(suite.mock.url).openai],
        {
          env: {
            ...process.env,
            LLM_STREAM_ENDPOINT: url,
            LLM_STREAM_TOKEN: token,
            ...environment,
          },
        },
      );
      return { stdout: stdout.trim(), stderr: stderr.trim() };
    };

    it('records until the process ends by itself', async () => {
      const [made] = await suite.recordOutside(async () => {
        assert.deepEqual(await run({}), { stdout: '24', stderr: '' });
      });
      assert.ok(made);
      assert.equal(callsOf(made)[0]?.tokens.length, 24);
    });

    for (const environment of [
      { LLM_STREAM_LANGCHAIN: 'false' },
      { LLM_STREAM_ENABLED: '0' },
      { LLM_STREAM_ENDPOINT: '' },
    ]) {
      it(`records nothing with ${JSON.stringify(environment)}`, async () => {
        const recorded = await suite.record(async () => {
          assert.deepEqual(await run(environment), { stdout: '24', stderr: '' });
        });
        assert.equal(recorded.truths.length, 1);
        assert.equal(recorded.steps.length, 0);
      });
    }

    it('says which variable is wrong, once', async () => {
      const { stderr } = await run({ LLM_STREAM_LANGCHAIN: 'perhaps' });
      assert.equal(stderr.match(/LLM_STREAM_LANGCHAIN must be true or false/g)?.length, 1);
    });
  });
});
