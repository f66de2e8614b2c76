/** Reads the chunks of one stream. */
import type { StreamedText, TraceStreamRequest } from '../api.js';
import { tokenKinds } from '../wire.js';
import { type ChunkFacts, type ChunkToken, type Fields, fieldsOf, textIn, token } from './chunk.js';
import { completionChunk, responsesEvent } from './openai.js';
import { anthropicEvent } from './anthropic.js';
import { isOllamaLine, ollamaLine } from './ollama.js';
import { geminiResponse } from './gemini.js';
import { AiSdkParts } from './aiSdk.js';

const nothing: ChunkFacts = { tokens: [] };

export class ChunkReader<Chunk> {
  private readonly aiSdkParts = new AiSdkParts();
  private isKnown = false;

  constructor(private readonly textOf: TraceStreamRequest<Chunk>['textOf']) {}

  /** Such streams say themselves that they are over. */
  get tellsItsEnd(): boolean {
    return this.isKnown;
  }

  read(chunk: Chunk): ChunkFacts {
    if (this.textOf) return factsOfText(this.textOf(chunk));
    if (typeof chunk === 'string') return { tokens: [{ text: chunk }] };
    const fields = fieldsOf(chunk);
    if (fields === undefined) return nothing;
    const known = this.knownChunk(fields);
    if (known) this.isKnown = true;
    return known ?? plainChunk(fields);
  }

  private knownChunk(fields: Fields): ChunkFacts | undefined {
    const { choices, candidates, type } = fields;
    if (Array.isArray(choices)) return completionChunk(fields);
    if (Array.isArray(candidates) || 'usageMetadata' in fields) return geminiResponse(fields);
    if (isOllamaLine(fields)) return ollamaLine(fields);
    if (typeof type !== 'string') return undefined;
    if (type.startsWith('response.')) return responsesEvent(fields, type);
    return anthropicEvent(fields, type) ?? this.aiSdkParts.read(fields, type);
  }
}

/** Of a model of one's own: `{ text }`, and a kind if it has one. */
function plainChunk(chunk: Fields): ChunkFacts {
  const kind = tokenKinds.find((name) => name === chunk['kind']);
  return { tokens: token(textIn(chunk, 'text'), kind) };
}

function factsOfText(text: StreamedText): ChunkFacts {
  if (text === null || text === undefined) return nothing;
  if (typeof text !== 'object') return { tokens: [{ text }] };
  return { tokens: listOf(text) };
}

/** `Array.isArray` takes a list that can only be read for none. */
const listOf = (text: ChunkToken | readonly ChunkToken[]): readonly ChunkToken[] =>
  'text' in text ? [text] : text;
