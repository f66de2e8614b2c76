/** Gemini: every chunk is a whole response object. */
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

export function geminiResponse(response: Fields): ChunkFacts {
  const candidates = listIn(response, 'candidates');
  const usage = fieldsIn(response, 'usageMetadata');
  return {
    tokens: candidates.flatMap(candidateTokens),
    finishReason: candidates.map((candidate) => textIn(candidate, 'finishReason')).find(Boolean),
    promptTokens: countIn(usage, 'promptTokenCount'),
    completionTokens: completionTokensOf(usage),
  };
}

/** Thoughts are counted apart. */
function completionTokensOf(usage: Fields | undefined): number | undefined {
  const visible = countIn(usage, 'candidatesTokenCount');
  const thoughts = countIn(usage, 'thoughtsTokenCount');
  if (visible === undefined && thoughts === undefined) return undefined;
  return (visible ?? 0) + (thoughts ?? 0);
}

function candidateTokens(candidate: Fields): ChunkToken[] {
  const choice = countIn(candidate, 'index') ?? 0;
  const metadata = choice > 0 ? { choice } : {};
  return listIn(fieldsIn(candidate, 'content'), 'parts').flatMap((part) => {
    const called = fieldsIn(part, 'functionCall');
    const given = called?.['args'];
    return [
      ...token(textIn(part, 'text'), part['thought'] === true ? 'reasoning' : 'text', metadata),
      ...token(textIn(called, 'name'), 'tool_name', metadata),
      ...token(given === undefined ? undefined : JSON.stringify(given), 'tool_arguments', metadata),
      ...token(textIn(fieldsIn(part, 'executableCode'), 'code'), 'tool_arguments', metadata),
      ...token(textIn(fieldsIn(part, 'codeExecutionResult'), 'output'), 'other', metadata),
    ];
  });
}
