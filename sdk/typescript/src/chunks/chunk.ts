/** What a chunk of a stream says, whatever SDK it is from. */
import type { TokenKind } from '../wire.js';

export interface ChunkToken {
  readonly text: string;
  /** Default: text. */
  readonly kind?: TokenKind;
  /** Which tool call (`toolCall`, `id`) or which of several answers (`choice`) it belongs to. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface ChunkFacts {
  readonly tokens: readonly ChunkToken[];
  readonly finishReason?: string | undefined;
  readonly promptTokens?: number | undefined;
  readonly completionTokens?: number | undefined;
  /** That the stream reports instead of throwing it. */
  readonly error?: unknown;
}

export type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null ? (value as Fields) : undefined;

export const fieldsIn = (value: Fields | undefined, name: string): Fields | undefined =>
  fieldsOf(value?.[name]);

export const listIn = (value: Fields | undefined, name: string): readonly Fields[] => {
  const found = value?.[name];
  if (!Array.isArray(found)) return [];
  return found.map(fieldsOf).filter((item) => item !== undefined);
};

export const textIn = (value: Fields | undefined, name: string): string | undefined => {
  const found = value?.[name];
  return typeof found === 'string' ? found : undefined;
};

export const countIn = (value: Fields | undefined, name: string): number | undefined => {
  const found = value?.[name];
  return typeof found === 'number' ? found : undefined;
};

/** None for what is no text, or an empty one. */
export function token(
  text: string | undefined,
  kind: TokenKind = 'text',
  metadata: Fields = {},
): ChunkToken[] {
  if (!text) return [];
  return [
    {
      text,
      ...(kind !== 'text' && { kind }),
      ...(Object.keys(metadata).length > 0 && { metadata }),
    },
  ];
}
