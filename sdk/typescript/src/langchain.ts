/** Records what LangChain does: the calls of its models token by token; chains, graphs, tools and retrievers as steps. */
export { captureLangChain } from './langchain/captureLangChain.js';
export { LlmStreamCallbackHandler } from './langchain/handler.js';
