/** Chains, agents, graphs, tools and retrievers as steps with their parents. */
import assert from 'node:assert/strict';
import { BaseCallbackHandler } from '@langchain/core/callbacks/base';
import { Document } from '@langchain/core/documents';
import { StringOutputParser } from '@langchain/core/output_parsers';
import { ChatPromptTemplate } from '@langchain/core/prompts';
import { BaseRetriever } from '@langchain/core/retrievers';
import { RunnableLambda } from '@langchain/core/runnables';
import { dispatchCustomEvent } from '@langchain/core/callbacks/dispatch';
import { tool } from '@langchain/core/tools';
import { Annotation, END, START, StateGraph, interrupt, MemorySaver } from '@langchain/langgraph';
import { createAgent } from 'langchain';
import { trace } from '../../src/index.js';
import { LlmStreamCallbackHandler } from '../../src/langchain.js';
import { LangChainSuite } from './harness/langChainSuite.js';
import { openaiChat } from './harness/models.js';
import { type RecordedRun, type RecordedStep, callsOf } from './harness/recordedRuns.js';

const weatherSchema = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const } },
  required: ['city'],
};

const outline = ({ steps }: RecordedRun): string[] =>
  steps.map(({ type, path, status }) => `${type}: ${path}: ${status}`);

function stepNamed({ steps }: RecordedRun, name: string): RecordedStep {
  const found = steps.find((step) => step.name === name);
  assert.ok(found, `no step "${name}"`);
  return found;
}

class Library extends BaseRetriever {
  readonly lc_namespace = ['test'];

  override _getRelevantDocuments(query: string): Promise<Document[]> {
    if (query === 'nothing') return Promise.reject(new Error('The library is closed.'));
    return Promise.resolve([
      new Document({ pageContent: `About ${query}`, metadata: { page: 7 } }),
    ]);
  }
}

describe('the LangChain handler, of chains and graphs', function () {
  this.timeout(30_000);
  const suite = new LangChainSuite();
  const callbacks = [new LlmStreamCallbackHandler()];
  const model = (scenario = 'default') => openaiChat({ url: suite.mock.url, scenario });
  const getWeather = tool(({ city }: { city: string }) => `Sunny in ${city}.`, {
    ...{ name: 'get_weather', description: 'The weather in a city', schema: weatherSchema },
  });
  const chain = () =>
    ChatPromptTemplate.fromTemplate('Tell me about {topic}.')
      .pipe(model())
      .pipe(new StringOutputParser())
      .withConfig({ runName: 'tell' });

  it('records a chain with what runs in it', async () => {
    const recorded = await suite.record(() => chain().invoke({ topic: 'foxes' }, { callbacks }));
    assert.deepEqual(outline(recorded), [
      'custom: tell: completed',
      'custom: tell > ChatPromptTemplate: completed',
      'llm_call: tell > mock/default: completed',
      'custom: tell > StrOutputParser: completed',
    ]);
    const { section } = stepNamed(recorded, 'tell');
    assert.match(section('Input'), /foxes/);
    assert.match(section('Output'), /the0 quick1/);
    assert.match(section('Raw'), /"kind": ?"chain"/);
  });

  it('records the input of a chain that streams, which is known at its end', async () => {
    const recorded = await suite.record(async () => {
      const heard: string[] = [];
      const stream = await chain().stream({ topic: 'foxes' }, { callbacks });
      for await (const text of stream) heard.push(text);
      assert.equal(heard.filter((text) => text !== '').length, 24);
    });
    const [call] = callsOf(recorded);
    assert.equal(call?.tokens.length, 24);
    const { section, status } = stepNamed(recorded, 'tell');
    assert.equal(status, 'completed');
    assert.match(section('Input'), /foxes/);
    assert.match(section('Output'), /the0 quick1/);
  });

  it('records an agent with its nodes, calls and tools', async () => {
    const agent = createAgent({ model: model('tools'), tools: [getWeather], name: 'forecaster' });
    const recorded = await suite.record(async () => {
      const { messages } = await agent.invoke({ messages: 'Zürich?' }, { callbacks });
      assert.equal(messages.length, 4);
    });
    const shown = outline(recorded).filter((line) => !line.includes('RunnableLambda'));
    assert.deepEqual(shown, [
      'agent: forecaster: completed',
      'stage: forecaster > model_request: completed',
      'llm_call: forecaster > model_request > mock/tools: completed',
      'stage: forecaster > tools: completed',
      'tool_call: forecaster > tools > get_weather: completed',
      'stage: forecaster > model_request: completed',
      'llm_call: forecaster > model_request > mock/tools: completed',
    ]);
    const { section } = stepNamed(recorded, 'get_weather');
    assert.match(section('Input'), /"city": ?"Zürich"/);
    assert.equal(section('Output'), 'Sunny in Zürich.');
    assert.match(stepNamed(recorded, 'forecaster').section('Output'), /"role": ?"tool"/);
  });

  it('records the tokens of an agent that streams', async () => {
    const agent = createAgent({ model: model('tools'), tools: [getWeather] });
    const recorded = await suite.record(async () => {
      const options = { callbacks, streamMode: 'messages' as const };
      let messages = 0;
      for await (const part of await agent.stream({ messages: 'Zürich?' }, options)) {
        messages += part.length;
      }
      assert.ok(messages > 24);
    });
    const calls = callsOf(recorded);
    const { truths } = recorded;
    assert.deepEqual(
      calls.map(({ tokens }) => tokens.map(({ text }) => text)),
      truths.map(({ tokens }) => tokens.map(({ text }) => text)),
    );
  });

  it('records tokens too where another handler wants them as the newer events', async () => {
    const agent = createAgent({ model: model('two-tools'), tools: [getWeather] });
    const recorded = await suite.record(async () => {
      const options = { callbacks: [...callbacks, new PrefersEvents()] };
      await agent.invoke({ messages: 'Zürich?' }, options);
    });
    assert.deepEqual(
      callsOf(recorded).map(({ tokens }) => tokens.map(({ kind, text }) => `${kind}: ${text}`)),
      recorded.truths.map(({ tokens }) => tokens.map(({ kind, text }) => `${kind}: ${text}`)),
    );
  });

  it('records a tool that fails, and the agent that goes on', async () => {
    const failing = tool(
      () => {
        throw new Error('No satellite.');
      },
      { name: 'get_weather', description: 'The weather', schema: weatherSchema },
    );
    const recorded = await suite.record(() =>
      createAgent({ model: model('tools'), tools: [failing] })
        .invoke({ messages: 'Zürich?' }, { callbacks })
        .catch(() => null),
    );
    const { failed, section } = stepNamed(recorded, 'get_weather');
    assert.equal(failed, true);
    assert.match(section('Error'), /No satellite\./);
  });

  it('records an exception of a chain as it goes on to the agent', async () => {
    const thrown = new Error('It broke.');
    const broken = RunnableLambda.from(() => {
      throw thrown;
    }).withConfig({ runName: 'broken' });
    const [run] = await suite.recordOutside(() =>
      assert.rejects(broken.invoke('x', { callbacks }), thrown),
    );
    assert.ok(run);
    assert.deepEqual([run.name, run.status], ['broken', 'failed']);
    assert.match(stepNamed(run, 'broken').section('Error'), /It broke\./);
  });

  it('makes a run of its own of what starts outside of any, and keeps those apart that run at once', async () => {
    const runs = await suite.recordOutside(() =>
      Promise.all(
        ['one', 'two'].map((topic) =>
          chain()
            .withConfig({ runName: topic, metadata: { thread_id: `thread ${topic}` } })
            .invoke({ topic }, { callbacks }),
        ),
      ),
    );
    assert.deepEqual(runs.map(({ name, status, sessionId }) => [name, status, sessionId]).sort(), [
      ['one', 'completed', 'thread one'],
      ['two', 'completed', 'thread two'],
    ]);
    for (const run of runs) {
      const [call] = callsOf(run);
      assert.equal(call?.path, `${run.name} > mock/default`);
      assert.ok(call.section('Request').includes(`about ${run.name}.`));
    }
  });

  it('puts what starts within a stage of the trace there', async () => {
    const recorded = await suite.record(() =>
      trace.stage('research', async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return chain().invoke({ topic: 'foxes' }, { callbacks });
      }),
    );
    assert.equal(callsOf(recorded)[0]?.path, 'research > tell > mock/default');
  });

  it('puts what the agent records by itself within a tool there', async () => {
    const noting = tool(
      async ({ city }: { city: string }) => {
        trace.memoryWrite('city', city);
        await new Promise((resolve) => setTimeout(resolve, 2));
        trace.stage('asking', () => trace.event('asked'));
        trace.event('answered');
        return 'Sunny.';
      },
      { name: 'get_weather', description: 'The weather', schema: weatherSchema },
    );
    const agent = createAgent({ model: model('tools'), tools: [noting], name: 'forecaster' });
    const [run, ...others] = await suite.recordOutside(() =>
      agent.invoke({ messages: 'Zürich?' }, { callbacks }),
    );
    assert.ok(run);
    assert.equal(others.length, 0);
    const within = 'forecaster > tools > get_weather > ';
    assert.deepEqual(
      run.steps
        .filter(({ path }) => path.startsWith(within))
        .map(({ path }) => path.slice(within.length)),
      ['city', 'asking', 'asking > asked', 'answered'],
    );
  });

  it('leaves out what LangGraph hides, and shows what it calls', async () => {
    const hidden = RunnableLambda.from(async (city: string, config) => {
      await model().invoke(city, config);
      return new Library().invoke(city, config);
    });
    const all = hidden
      .withConfig({ runName: 'hidden', tags: ['langsmith:hidden'] })
      .pipe(RunnableLambda.from(String).withConfig({ runName: 'shown' }))
      .withConfig({ runName: 'all' });
    const recorded = await suite.record(() => all.invoke('Zürich', { callbacks }));
    assert.deepEqual(
      recorded.steps.map(({ path }) => path),
      ['all', 'all > mock/default', 'all > Library', 'all > shown'],
    );
  });

  it('records a graph that asks a human as interrupted, and not as failed', async () => {
    const State = Annotation.Root({ text: Annotation<string> });
    const graph = new StateGraph(State)
      .addNode('ask', () => ({ text: interrupt<string, string>('May I?') }))
      .addEdge(START, 'ask')
      .addEdge('ask', END)
      .compile({ checkpointer: new MemorySaver() });
    const recorded = await suite.record(() =>
      graph.invoke({ text: '' }, { callbacks, configurable: { thread_id: 'human' } }),
    );
    const { status, failed, section } = stepNamed(recorded, 'ask');
    assert.deepEqual([status, failed], ['interrupted', false]);
    assert.match(section('Output'), /May I\?/);
  });

  it('records retrievers as memory that is read', async () => {
    const recorded = await suite.record(async () => {
      await new Library().invoke('foxes', { callbacks });
      await assert.rejects(new Library().invoke('nothing', { callbacks }));
    });
    assert.deepEqual(outline(recorded), [
      'memory_read: Library: completed',
      'memory_read: Library: failed',
    ]);
    assert.match(recorded.steps[0]?.section('Output') ?? '', /About foxes/);
  });

  it('records structured output', async () => {
    const recorded = await suite.record(async () => {
      const structured = model('tools').withStructuredOutput(
        { ...weatherSchema, title: 'get_weather' },
        { method: 'functionCalling', name: 'get_weather' },
      );
      const found = await structured.invoke('Zürich?', { callbacks });
      assert.equal(found['city'], 'Zürich');
    });
    assert.equal(callsOf(recorded).length, 1);
  });

  it('records custom events where they were sent', async () => {
    const noting = RunnableLambda.from(async (text: string, config) => {
      await dispatchCustomEvent('halfway', { share: 0.5 }, config);
      return text;
    }).withConfig({ runName: 'noting' });
    const recorded = await suite.record(() => noting.invoke('x', { callbacks }));
    assert.deepEqual(outline(recorded).slice(1), ['custom: noting > halfway: null']);
  });
});

class PrefersEvents extends BaseCallbackHandler {
  readonly name = 'prefers events';
  readonly lc_prefer_chat_model_stream_events = true;
}
