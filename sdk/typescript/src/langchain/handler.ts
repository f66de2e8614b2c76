/** Records what LangChain does: the calls of its models token by token; chains, graphs, tools and retrievers as steps. */
import { BaseCallbackHandler, type BaseCallbackHandlerInput } from '@langchain/core/callbacks/base';
import { AsyncLocalStorageProviderSingleton } from '@langchain/core/singletons';
import { trace } from '../index.js';
import { setSurroundings } from '../surroundings.js';
import { type CallBeginning, addPieces, beginCall, noteUsage, plainMessages } from './calls.js';
import { type Fields, fieldsOf, firstCount, firstText, listOf } from './fields.js';
import { type Ending, Recordings } from './recordings.js';
import { type Told, isHidden, toldOf } from './runKind.js';
import { type BeginWithin, beginRun } from './runs.js';
import { beginChain, beginRetriever, beginTool } from './steps.js';
import { isLangChainOn } from './switch.js';
import { safely } from '../warnings.js';

/** The tool, node or chain whose work this is: what the agent records by itself within it belongs there. */
const placeInLangChain = () =>
  safely(undefined, () => {
    const { callbacks } = fieldsOf(AsyncLocalStorageProviderSingleton.getRunnableConfig());
    return recordings.place(parentRunIdOf(callbacks));
  });

/** Not by its class: LangChain may be there twice, as an ES module and as CommonJS. */
function parentRunIdOf(callbacks: unknown): string | undefined {
  const { getParentRunId } = fieldsOf(callbacks);
  if (typeof getParentRunId !== 'function') return undefined;
  return firstText(Reflect.apply(getParentRunId, callbacks, []));
}

/** Of all handlers: where several of them hear of the same call, it is recorded once. */
const recordings = new Recordings();

/**
 * `callbacks: [new LlmStreamCallbackHandler()]`. A chain or graph that is started outside of any run of the trace
 * is a run of its own; within one it is a step of it. Never throws into LangChain and never lets it wait.
 */
export class LlmStreamCallbackHandler extends BaseCallbackHandler {
  override readonly name = 'llm_stream';

  constructor(input: BaseCallbackHandlerInput = {}) {
    super(input);
    // Called at once, in the agent's own context, instead of from a queue behind other handlers: the times are true.
    // Nothing here waits.
    this.awaitHandlers = true;
    this.raiseError = false;
    setSurroundings(placeInLangChain);
  }

  /** A copy would know nothing more. */
  override copy(): this {
    return this;
  }

  override handleChatModelStart(
    serialized: unknown,
    messages: unknown,
    runId: string,
    parentRunId?: string,
    extraParams?: Fields,
    tags?: string[],
    metadata?: Fields,
    runName?: string,
  ): void {
    const told = toldOf({ id: runId, parentId: parentRunId, serialized, runName, tags, metadata });
    beginModel(told, extraParams, () => ({ messages: plainMessages(messages) }));
  }

  override handleLLMStart(
    serialized: unknown,
    prompts: unknown,
    runId: string,
    parentRunId?: string,
    extraParams?: Fields,
    tags?: string[],
    metadata?: Fields,
    runName?: string,
  ): void {
    const told = toldOf({ id: runId, parentId: parentRunId, serialized, runName, tags, metadata });
    beginModel(told, extraParams, () => ({ prompt: listOf(prompts).join('\n\n') }));
  }

  override handleLLMNewToken(
    token: string,
    indexes: unknown,
    runId: string,
    _parentRunId?: string,
    _tags?: string[],
    fields?: Fields,
  ): void {
    safely(undefined, () => {
      const call = recordings.call(runId);
      if (!call) return;
      const choice = firstCount(fieldsOf(indexes)['completion']) ?? 0;
      const { chunk } = fieldsOf(fields);
      addPieces(call, call.pieces.ofChunk(token, chunk, choice));
      noteUsage(call, chunk);
    });
  }

  override handleChatModelStreamEvent(event: unknown, runId: string): void {
    safely(undefined, () => {
      const call = recordings.call(runId);
      if (call) addPieces(call, call.pieces.ofEvent(fieldsOf(event)));
    });
  }

  override handleLLMEnd(
    output: unknown,
    runId: string,
    _parentRunId?: string,
    _tags?: string[],
    extraParams?: Fields,
  ): void {
    end(runId, () => ({ output, isCached: fieldsOf(extraParams)['cached'] === true }));
  }

  override handleLLMError(error: unknown, runId: string): void {
    end(runId, () => ({ error: error ?? 'The call failed.' }));
  }

  // LangChain's types name the arguments in another order than it gives them.
  override handleChainStart(
    serialized: unknown,
    inputs: unknown,
    runId: string,
    parentRunId?: string,
    tags?: string[],
    metadata?: Fields,
    _runType?: string,
    runName?: string,
  ): void {
    const told = toldOf({ id: runId, parentId: parentRunId, serialized, runName, tags, metadata });
    begin(told, (parent) => beginChain(told, inputs, parent));
  }

  override handleChainEnd(
    output: unknown,
    runId: string,
    _parentRunId?: string,
    _tags?: string[],
    more?: Fields,
  ): void {
    end(runId, () => ({ output, input: fieldsOf(more)['inputs'] }));
  }

  override handleChainError(error: unknown, runId: string): void {
    end(runId, () => ({ error: error ?? 'The chain failed.' }));
  }

  override handleToolStart(
    serialized: unknown,
    input: unknown,
    runId: string,
    parentRunId?: string,
    tags?: string[],
    metadata?: Fields,
    runName?: string,
    toolCallId?: string,
  ): void {
    const told = toldOf({ id: runId, parentId: parentRunId, serialized, runName, tags, metadata });
    begin(told, (parent) => beginTool(told, input, toolCallId, parent));
  }

  override handleToolEnd(output: unknown, runId: string): void {
    end(runId, () => ({ output }));
  }

  override handleToolError(error: unknown, runId: string): void {
    end(runId, () => ({ error: error ?? 'The tool failed.' }));
  }

  override handleRetrieverStart(
    serialized: unknown,
    query: string,
    runId: string,
    parentRunId?: string,
    tags?: string[],
    metadata?: Fields,
    runName?: string,
  ): void {
    const told = toldOf({ id: runId, parentId: parentRunId, serialized, runName, tags, metadata });
    begin(told, (parent) => beginRetriever(told, query, parent));
  }

  override handleRetrieverEnd(documents: unknown, runId: string): void {
    end(runId, () => ({ output: documents }));
  }

  override handleRetrieverError(error: unknown, runId: string): void {
    end(runId, () => ({ error: error ?? 'The retriever failed.' }));
  }

  override handleCustomEvent(name: string, data: unknown, runId: string): void {
    safely(undefined, () => {
      const place = recordings.place(runId);
      if (place) trace.within(place, () => trace.event(name, { data }));
    });
  }
}

function begin(told: Told, beginWithin: BeginWithin): void {
  safely(undefined, () => {
    if (!trace.isRecording || !isLangChainOn()) return;
    recordings.begin(told, (parent) => {
      const hasRun = parent !== undefined || trace.isInRun || isHidden(told);
      return hasRun ? beginWithin(parent) : beginRun(told, beginWithin);
    });
  });
}

/** @param askedOf what it is asked, made only where it is recorded */
function beginModel(told: Told, extraParams: unknown, askedOf: () => CallBeginning['asked']): void {
  begin(told, (parent) => {
    const aborted = (ending: Ending): void => end(told.id, () => ending);
    return beginCall({ told, extraParams, aborted, asked: askedOf() }, parent);
  });
}

function end(runId: string, endingOf: () => Ending): void {
  safely(undefined, () => recordings.end(runId, endingOf()));
}
