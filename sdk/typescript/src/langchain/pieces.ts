/** What of a chunk of a model's answer is a token, and of which kind. */
import type { TokenKind } from '../wire.js';
import { type Fields, fieldsOf, firstCount, firstText, isFields, listOf } from './fields.js';

export interface Piece {
  readonly text: string;
  readonly kind: TokenKind;
  readonly metadata?: Fields;
}

/** Of one call. */
export class Pieces {
  private readonly toolCalls = new ToolCalls();
  /** Of LangChain's newer events, which tell how a block looks as a whole by now: what it held before. */
  private readonly blocks = new Map<number, { name: string; text: string }>();

  /** @param chunk of LangChain's handleLLMNewToken; completion models may give none. */
  ofChunk(token: unknown, chunk: unknown, choice: number): Piece[] {
    const metadata: Fields = choice > 0 ? { choice } : {};
    const message = fieldsOf(chunk)['message'];
    if (!isFields(message)) return piece('text', token, metadata);
    const { content, additional_kwargs, tool_call_chunks } = message;
    const extra = fieldsOf(additional_kwargs);
    const ofBlocks = listOf(content).flatMap((block) => blockPieces(fieldsOf(block), metadata));
    const isReasoningKnown = ofBlocks.some(({ kind }) => kind === 'reasoning');
    return [
      ...(isReasoningKnown ? [] : piece('reasoning', reasoningIn(extra), metadata)),
      ...piece('text', content, metadata),
      ...ofBlocks,
      ...piece('refusal', extra['refusal'], metadata),
      ...piece('audio_transcript', fieldsOf(extra['audio'])['transcript'], metadata),
      ...listOf(tool_call_chunks).flatMap((call) => this.toolPieces(fieldsOf(call), metadata)),
      ...functionPieces(fieldsOf(extra['function_call']), { ...metadata, toolCall: 0 }),
    ];
  }

  /** @param event of handleChatModelStreamEvent */
  ofEvent(event: Fields): Piece[] {
    const index = firstCount(event['index']) ?? 0;
    if (event['event'] === 'content-block-start') {
      return this.ofBlock(index, fieldsOf(event['content']));
    }
    if (event['event'] !== 'content-block-delta') return [];
    const delta = fieldsOf(event['delta']);
    switch (delta['type']) {
      case 'text-delta':
        return piece('text', delta['text']);
      case 'reasoning-delta':
        return piece('reasoning', delta['reasoning']);
      case 'block-delta':
        return this.ofBlock(index, fieldsOf(delta['fields']));
      default:
        return [];
    }
  }

  private ofBlock(index: number, block: Fields): Piece[] {
    const known = this.blocks.get(index) ?? { name: '', text: '' };
    this.blocks.set(index, known);
    switch (block['type']) {
      case 'tool_call_chunk':
      case 'server_tool_call_chunk': {
        const name = known.name === '' ? firstText(block['name']) : undefined;
        known.name = name ?? known.name;
        const call = { name, id: block['id'], index, args: added(known, block['args']) };
        return this.toolPieces(call, {});
      }
      case 'audio':
        return piece('audio_transcript', added(known, block['transcript']));
      default:
        return blockPieces(block, {});
    }
  }

  private toolPieces(call: Fields, metadata: Fields): Piece[] {
    const [id, name] = [firstText(call['id']), firstText(call['name'])];
    const toolCall = this.toolCalls.numberOf(firstCount(call['index']) ?? 0, id, name);
    return functionPieces({ name, arguments: call['args'] }, { ...metadata, toolCall }, id);
  }
}

/**
 * The how manieth tool call it is. Their own indexes count other blocks too (Anthropic), or are always 0 (Ollama).
 */
class ToolCalls {
  private count = 0;
  private readonly latest = new Map<number, { readonly number: number; readonly id: string }>();

  numberOf(index: number, id = '', name = ''): number {
    const known = this.latest.get(index);
    const isNew = name !== '' && id !== known?.id;
    if (known && !isNew) return known.number;
    const begun = { number: this.count, id };
    this.count += 1;
    this.latest.set(index, begun);
    return begun.number;
  }
}

function piece(kind: TokenKind, text: unknown, metadata: Fields = {}): Piece[] {
  if (typeof text !== 'string' || text === '') return [];
  return [Object.keys(metadata).length > 0 ? { text, kind, metadata } : { text, kind }];
}

/** DeepSeek, Ollama, … say `reasoning_content`; OpenAI's Responses a summary. */
function reasoningIn(extra: Fields): string {
  const whole = firstText(extra['reasoning_content'], extra['reasoning']);
  if (whole !== undefined) return whole;
  return listOf(fieldsOf(extra['reasoning'])['summary'])
    .map((part) => firstText(fieldsOf(part)['text']) ?? '')
    .join('');
}

/** Blocks of tools are left out: `tool_call_chunks` says the same of them in one form for all providers. */
function blockPieces(block: Fields, metadata: Fields): Piece[] {
  switch (block['type']) {
    case 'text':
    case 'text_delta':
      return piece('text', block['text'], metadata);
    case 'thinking':
    case 'thinking_delta':
      return piece('reasoning', block['thinking'], metadata);
    case 'reasoning':
      return piece('reasoning', block['reasoning'], metadata);
    case 'refusal':
      return piece('refusal', block['refusal'], metadata);
    default:
      return [];
  }
}

/** The id stands with the name; arguments that follow have it not. */
function functionPieces(called: Fields, metadata: Fields, id?: string): Piece[] {
  const ofName = id === undefined ? metadata : { ...metadata, id };
  return [
    ...piece('tool_name', called['name'], ofName),
    ...piece('tool_arguments', called['arguments'], metadata),
  ];
}

/** What came to a text since it was told before. */
function added(known: { text: string }, text: unknown): string {
  if (typeof text !== 'string') return '';
  const { text: before } = known;
  known.text = text;
  return text.startsWith(before) ? text.slice(before.length) : text;
}
