/** The lines of Ollama's chat and generate. */
import {
  type ChunkFacts,
  type ChunkToken,
  type Fields,
  countIn,
  fieldsIn,
  listIn,
  textIn,
  token,
} from './chunk.js';

export const isOllamaLine = (line: Fields): boolean =>
  typeof line['done'] === 'boolean' && ('message' in line || 'response' in line);

export function ollamaLine(line: Fields): ChunkFacts {
  const message = fieldsIn(line, 'message') ?? line;
  return {
    tokens: [
      ...token(textIn(message, 'thinking'), 'reasoning'),
      ...token(textIn(message, 'content') ?? textIn(line, 'response')),
      ...listIn(message, 'tool_calls').flatMap(toolCallTokens),
    ],
    finishReason: textIn(line, 'done_reason') ?? (line['done'] === true ? 'stop' : undefined),
    promptTokens: countIn(line, 'prompt_eval_count'),
    completionTokens: countIn(line, 'eval_count'),
  };
}

/** Each comes whole, its arguments as an object. */
function toolCallTokens(call: Fields, toolCall: number): ChunkToken[] {
  const called = fieldsIn(call, 'function');
  const given = called?.['arguments'];
  return [
    ...token(textIn(called, 'name'), 'tool_name', { toolCall }),
    ...token(given === undefined ? undefined : JSON.stringify(given), 'tool_arguments', {
      toolCall,
    }),
  ];
}
