import * as context from '@langchain/core/context';
import { AsyncLocalStorageProviderSingleton } from '@langchain/core/singletons';
import { warnOnce } from '../warnings.js';
import { LlmStreamCallbackHandler } from './handler.js';

const variable = 'llm_stream_handler';
const handler = new LlmStreamCallbackHandler();

/**
 * Records every call of LangChain that is made after it and within what began after it, without naming a handler
 * anywhere: call it once, at the start of the program.
 *
 * @returns what ends it
 */
export function captureLangChain(): () => void {
  switchHandler(true);
  try {
    if (context.getContextVariable(variable) === undefined) {
      tryOut();
      addHook();
    }
  } catch {
    warnOnce(
      'langchain hook',
      'captureLangChain needs @langchain/core 0.3.42 or newer, and records nothing: update it, or give callbacks: [new LlmStreamCallbackHandler()].',
    );
  }
  return () => switchHandler(false);
}

function addHook(): void {
  context.registerConfigureHook({ contextVar: variable });
  context.setContextVariable(variable, handler);
}

/** In a context of its own: in older versions the agent's streams would fail after it. */
function tryOut(): void {
  const provider = AsyncLocalStorageProviderSingleton;
  // A new one: with the store that it has already, Node would not begin a context.
  provider.getInstance().run({}, () => {
    addHook();
    provider.runWithConfig({}, () => undefined, true);
  });
}

/** What began before the end keeps its context for ever: it is the handler that no longer listens. */
function switchHandler(isOn: boolean): void {
  handler.ignoreLLM = !isOn;
  handler.ignoreChain = !isOn;
  handler.ignoreAgent = !isOn;
  handler.ignoreRetriever = !isOn;
  handler.ignoreCustomEvent = !isOn;
}
