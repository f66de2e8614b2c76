/** Records what LangChain does: the calls of its models token by token; chains, graphs, tools and retrievers as steps. */
import { BaseCallbackHandler, type BaseCallbackHandlerInput } from '@langchain/core/callbacks/base';
import { trace } from '../index.js';
import { addPieces, beginCall, plainMessages } from './calls.js';
import { type Fields, fieldsOf, firstCount } from './fields.js';
import { type Ending, Recordings } from './recordings.js';
import { type Told, isHidden } from './runKind.js';
import { type BeginWithin, beginRun } from './runs.js';
import { beginChain, beginRetriever, beginTool } from './steps.js';
import { isLangChainOn } from './switch.js';
import { safely } from '../warnings.js';

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
    const told = { id: runId, parentId: parentRunId, serialized, runName, tags, metadata };
    begin(told, (parent) =>
      beginCall(told, { messages: plainMessages(messages) }, extraParams, parent),
    );
  }

  override handleLLMStart(
    serialized: unknown,
    prompts: string[],
    runId: string,
    parentRunId?: string,
    extraParams?: Fields,
    tags?: string[],
    metadata?: Fields,
    runName?: string,
  ): void {
    const told = { id: runId, parentId: parentRunId, serialized, runName, tags, metadata };
    begin(told, (parent) => beginCall(told, { prompt: prompts.join('\n\n') }, extraParams, parent));
  }

  override handleLLMNewToken(
    token: string,
    indexes: unknown,
    runId: string,
    _parentRunId?: string,
    _tags?: string[],
    fields?: { readonly chunk?: unknown },
  ): void {
    safely(undefined, () => {
      const call = recordings.call(runId);
      if (!call) return;
      const choice = firstCount(fieldsOf(indexes)['completion']) ?? 0;
      addPieces(call, call.pieces.ofChunk(token, fields?.chunk, choice));
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
    end(runId, { output, isCached: extraParams?.['cached'] === true });
  }

  override handleLLMError(error: unknown, runId: string): void {
    end(runId, { error: error ?? 'The call failed.' });
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
    const told = { id: runId, parentId: parentRunId, serialized, runName, tags, metadata };
    begin(told, (parent) => beginChain(told, inputs, parent));
  }

  override handleChainEnd(
    output: unknown,
    runId: string,
    _parentRunId?: string,
    _tags?: string[],
    more?: { readonly inputs?: unknown },
  ): void {
    end(runId, { output, input: more?.inputs });
  }

  override handleChainError(error: unknown, runId: string): void {
    end(runId, { error: error ?? 'The chain failed.' });
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
    const told = { id: runId, parentId: parentRunId, serialized, runName, tags, metadata };
    begin(told, (parent) => beginTool(told, input, toolCallId, parent));
  }

  override handleToolEnd(output: unknown, runId: string): void {
    end(runId, { output });
  }

  override handleToolError(error: unknown, runId: string): void {
    end(runId, { error: error ?? 'The tool failed.' });
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
    const told = { id: runId, parentId: parentRunId, serialized, runName, tags, metadata };
    begin(told, (parent) => beginRetriever(told, query, parent));
  }

  override handleRetrieverEnd(documents: unknown, runId: string): void {
    end(runId, { output: documents });
  }

  override handleRetrieverError(error: unknown, runId: string): void {
    end(runId, { error: error ?? 'The retriever failed.' });
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

function end(runId: string, ending: Ending): void {
  safely(undefined, () => recordings.end(runId, ending));
}
