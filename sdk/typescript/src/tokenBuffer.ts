/** Tokens of one call that wait to be handed over. Adding one only appends. */
import type { TokenBatch } from './sending/outbox.js';
import { roughSize } from './sending/roughSize.js';
import { wholeUs } from './clock.js';
import type { TokenKind, WireToken } from './wire.js';

const mostTokens = 1_000;
/** Of a batch of several tokens. */
const mostCharacters = 512 * 1_024;
/** What a token costs beside its text. */
const tokenBytes = 64;

export interface Token {
  readonly index: number;
  readonly text: string;
  readonly offsetUs: number;
  /** Undefined: text. */
  readonly kind: TokenKind | undefined;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

export class TokenBuffer {
  private indexes: number[] = [];
  private texts: string[] = [];
  private offsets: number[] = [];
  private kinds: (TokenKind | undefined)[] = [];
  private metadata: Token['metadata'][] = [];
  private characters = 0;

  constructor(
    private readonly callId: string,
    private readonly handOver: (batch: TokenBatch) => void,
  ) {}

  add(
    index: number,
    text: string,
    offsetUs: number,
    kind: TokenKind | undefined,
    metadata: Token['metadata'],
  ): void {
    const characters = text.length + (metadata ? roughSize(metadata) : 0);
    if (this.characters + characters > mostCharacters) this.seal();
    this.indexes.push(index);
    this.texts.push(text);
    this.offsets.push(offsetUs);
    this.kinds.push(kind);
    this.metadata.push(metadata);
    this.characters += characters;
    if (this.texts.length >= mostTokens) this.seal();
  }

  seal(): void {
    if (this.texts.length === 0) return;
    const { callId, indexes, texts, offsets, kinds, metadata } = this;
    const bytes = 2 * this.characters + tokenBytes * texts.length;
    this.indexes = [];
    this.texts = [];
    this.offsets = [];
    this.kinds = [];
    this.metadata = [];
    this.characters = 0;
    const firstIndex = indexes[0] ?? 0;
    this.handOver({
      ...{ callId, firstIndex, bytes, count: texts.length },
      toWireTokens: () =>
        texts.map((token, place): WireToken => {
          const kind = kinds[place];
          const index = indexes[place] ?? 0;
          const follows = place === 0 || index === (indexes[place - 1] ?? 0) + 1;
          return {
            ...{ token, offset_us: wholeUs(offsets[place] ?? 0) },
            ...(kind !== undefined && kind !== 'text' && { kind }),
            ...(!follows && { index }),
            ...(metadata[place] && { metadata: metadata[place] }),
          };
        }),
    });
  }
}
