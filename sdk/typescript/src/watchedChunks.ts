/** What the chunks that an agent reads say of their call. Nothing of it reaches the agent. */
import type { LlmStream } from './api.js';
import type { ChunkReader } from './chunks/reader.js';
import { given } from './texts.js';
import { inactiveStream } from './inactive.js';
import { safely, warnOnce } from './warnings.js';

export class WatchedChunks<Chunk> {
  private chunks = 0;
  private tokens = 0;
  private hasFailed = false;
  private finishReason: string | undefined;
  private promptTokens: number | undefined;
  private completionTokens: number | undefined;

  constructor(
    readonly stream: LlmStream,
    private readonly reader: ChunkReader<Chunk>,
  ) {}

  came(chunk: Chunk): void {
    if (this.stream === inactiveStream) return;
    if (this.chunks++ === 0) this.stream.firstChunk();
    try {
      this.note(chunk);
    } catch (error) {
      warnOnce(
        'textOf',
        `What is text in a chunk could not be read, and it is not recorded (${safely('', () => String(error))}): check the textOf that was given to traceStream.`,
      );
    }
  }

  /** No chunk follows. */
  ended(): void {
    if (this.reader.tellsItsEnd && this.finishReason === undefined && !this.hasFailed) {
      this.stream.error(
        'The stream ended without a finish reason: it was cut or aborted.',
        'TRUNCATED',
      );
    }
    this.end();
    const isUnknown = !this.reader.tellsItsEnd && this.finishReason === undefined;
    if (this.chunks > 0 && this.tokens === 0 && isUnknown) {
      warnOnce(
        'no text',
        'traceStream found no text in the chunks of a stream: give it a textOf that says what is text in them.',
      );
    }
  }

  failed(error: unknown): void {
    this.stream.error(error);
    this.end();
  }

  /** The agent reads no further. When all was said, nothing is missing. */
  left(): void {
    if (this.finishReason === undefined && !this.hasFailed) {
      this.stream.error('The agent stopped reading before the end of the stream.', 'CLIENT_ABORT');
    }
    this.end();
  }

  private end(): void {
    const { finishReason, promptTokens, completionTokens } = this;
    this.stream.end(given({ finishReason, promptTokens, completionTokens }));
  }

  private note(chunk: Chunk): void {
    const { tokens, finishReason, promptTokens, completionTokens, error } = this.reader.read(chunk);
    for (const { text, ...options } of tokens) {
      this.tokens++;
      if (Object.keys(options).length === 0) this.stream.addToken(text);
      else this.stream.addToken(text, options);
    }
    this.finishReason = finishReason ?? this.finishReason;
    this.promptTokens = promptTokens ?? this.promptTokens;
    this.completionTokens = completionTokens ?? this.completionTokens;
    if (error === undefined) return;
    this.hasFailed = true;
    this.stream.error(error);
  }
}
