/** Writes down how a stream went: what came when, in which read of the connection. */
import { type Token, TokenKind } from '../src/model/tokens.js';
import { microseconds } from '../src/model/units.js';
import type { Random } from './random.js';
import { tokenize } from './tokenize.js';

export interface Pace {
  readonly tokensPerSecond: number;
  /** How many tokens a provider puts into a chunk: OpenAI and Ollama one, Anthropic a few, Gemini many. */
  readonly tokensPerChunk?: readonly [number, number];
  /** The spread of the gaps (sigma of the log-normal distribution). */
  readonly jitter?: number;
  /** Share of chunks that share a read with the chunk before them. */
  readonly sharedReads?: number;
}

export class Stream {
  readonly chunks: Token[] = [];
  /** Tokens of the model in the chunks, as the provider's usage counts them. */
  tokenCount = 0;
  private timeUs = 0;
  private read = 0;

  constructor(
    private readonly random: Random,
    private readonly pace: Pace,
  ) {}

  /** µs from sending the request to what came last. */
  get lengthUs(): number {
    return Math.round(this.timeUs);
  }

  /** Nothing comes: before the first chunk that is TTFT, later a stall. */
  wait(ms: number): this {
    this.timeUs += ms * 1_000;
    return this;
  }

  text(text: string): this {
    return this.paced(TokenKind.text, text);
  }

  reasoning(text: string): this {
    return this.paced(TokenKind.reasoning, text);
  }

  refusal(text: string): this {
    return this.paced(TokenKind.refusal, text);
  }

  toolCall(name: string, toolArguments: unknown): this {
    this.add(TokenKind.toolName, name, 1);
    return this.paced(TokenKind.toolArguments, JSON.stringify(toolArguments));
  }

  /** Everything that a proxy held back comes out of one read, after the time that it took to generate. */
  bufferedText(text: string): this {
    const chunks = this.split(text);
    for (const chunk of chunks) this.timeUs += this.gapUs(chunk.length);
    this.read++;
    for (const chunk of chunks) {
      this.push(TokenKind.text, chunk.join(''), chunk.length);
      // Taking one read apart costs the client a few microseconds an event.
      this.timeUs += this.random.between(4, 20);
    }
    return this;
  }

  private paced(kind: TokenKind, text: string): this {
    for (const chunk of this.split(text)) this.add(kind, chunk.join(''), chunk.length);
    return this;
  }

  private add(kind: TokenKind, text: string, tokens: number): void {
    const together = this.chunks.length > 0 && this.random.chance(this.pace.sharedReads ?? 0.01);
    if (together) {
      this.timeUs += this.random.between(4, 20);
    } else {
      // The wait before the first chunk is what `wait` says.
      if (this.chunks.length > 0) this.timeUs += this.gapUs(tokens);
      this.read++;
    }
    this.push(kind, text, tokens);
  }

  private push(kind: TokenKind, text: string, tokens: number): void {
    this.chunks.push({
      text,
      kind,
      offsetUs: microseconds(Math.round(this.timeUs)),
      readIndex: this.read,
    });
    this.tokenCount += tokens;
  }

  private split(text: string): string[][] {
    const [fewest, most] = this.pace.tokensPerChunk ?? [1, 1];
    const tokens = tokenize(text);
    const chunks: string[][] = [];
    for (let at = 0; at < tokens.length;) {
      const size = this.random.whole(fewest, most);
      chunks.push(tokens.slice(at, at + size));
      at += size;
    }
    return chunks;
  }

  private gapUs(tokens: number): number {
    const median = (tokens * 1_000_000) / this.pace.tokensPerSecond;
    const hiccup = this.random.chance(0.015) ? this.random.between(2, 4) : 1;
    return this.random.logNormal(median, this.pace.jitter ?? 0.35) * hiccup;
  }
}
