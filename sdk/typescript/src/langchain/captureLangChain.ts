import * as context from '@langchain/core/context';
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
      context.registerConfigureHook({ contextVar: variable });
      context.setContextVariable(variable, handler);
    }
  } catch (error) {
    warnOnce(
      'langchain hook',
      `captureLangChain needs a newer @langchain/core, and records nothing: give callbacks: [new LlmStreamCallbackHandler()] instead. (${String(error)})`,
    );
  }
  return () => switchHandler(false);
}

/** What began before the end keeps its context for ever: it is the handler that no longer listens. */
function switchHandler(isOn: boolean): void {
  handler.ignoreLLM = !isOn;
  handler.ignoreChain = !isOn;
  handler.ignoreAgent = !isOn;
  handler.ignoreRetriever = !isOn;
  handler.ignoreCustomEvent = !isOn;
}
