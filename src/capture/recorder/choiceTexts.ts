/** Several choices of one answer, put together: their tokens come in turn, and nobody could read them so. */
import { TokenKind, type TokenKindName } from '../../model/tokens.js';
import { memberOf, objectIn } from '../wire/json.js';
import type { TokenPart } from '../wire/wireFormat.js';

interface Piece {
  readonly choice: number;
  readonly kind: TokenKind;
  readonly toolCall: number | undefined;
  text: string;
}

/** Characters; of an answer that is longer, only the tokens are kept. */
const longest = 16 * 1_024 * 1_024;

/** Whether a request asks for more than one answer: OpenAI's `n`, Gemini's `candidateCount`. */
export function asksForChoices(body: unknown): boolean {
  const config = objectIn(body, 'generationConfig') ?? objectIn(body, 'generation_config');
  const numbers = [
    memberOf(body, 'n'),
    memberOf(config, 'candidateCount') ?? memberOf(config, 'candidate_count'),
  ];
  return numbers.some((number) => typeof number === 'number' && number > 1);
}

export class ChoiceTexts {
  private pieces: Piece[] = [];
  private length = 0;

  add(index: number, { kind, metadata, text: { length } }: TokenPart, text: string): void {
    this.length += length;
    if (this.length > longest) this.pieces = [];
    else {
      this.pieces[index] = {
        ...{ choice: metadata?.choice ?? 0, kind, toolCall: metadata?.toolCall, text },
      };
    }
  }

  complete(index: number, text: string): void {
    const piece = this.pieces[index];
    if (piece) piece.text = text;
  }

  /** As JSON; undefined when there are none. */
  response(): string | undefined {
    if (this.pieces.length === 0 || this.length > longest) return undefined;
    const choices = grouped(this.pieces, ({ choice }) => choice);
    const inOrder = [...choices].toSorted(([a], [b]) => a - b);
    return JSON.stringify({
      choices: inOrder.map(([index, pieces]) => ({ index, ...contentOf(pieces) })),
    });
  }
}

const kindNames = Object.keys(TokenKind) as TokenKindName[];

/** `{text, reasoning, refusal, tool_calls: [{name, arguments}]}`, without what there is none of. */
function contentOf(pieces: readonly Piece[]): Record<string, unknown> {
  const toolPieces = pieces.filter(({ toolCall }) => toolCall !== undefined);
  const toolCalls = [...grouped(toolPieces, ({ toolCall }) => toolCall).values()];
  return {
    ...textsByKind(pieces.filter(({ toolCall }) => toolCall === undefined)),
    ...(toolCalls.length > 0 && {
      tool_calls: toolCalls.map((call) => {
        const { toolName, toolArguments } = textsByKind(call);
        return { name: toolName, arguments: toolArguments };
      }),
    }),
  };
}

function textsByKind(pieces: readonly Piece[]): Partial<Record<TokenKindName, string>> {
  const byKind = grouped(pieces, ({ kind }) => kindNames[kind] ?? 'other');
  return Object.fromEntries(
    [...byKind].map(([kind, parts]) => [kind, parts.map(({ text }) => text).join('')]),
  );
}

/** As `Map.groupBy` of newer versions of Node. */
function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
