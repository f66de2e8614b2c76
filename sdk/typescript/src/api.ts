/// <reference lib="esnext.disposable" preserve="true" />
/** What an agent calls. Nothing of it throws, waits or does I/O, but `configure`, `flush` and the given work itself. */
import type { CallStatus, StepType, TokenKind } from './wire.js';

export interface TraceOptions {
  /** Base URL of a capture. Default: `LLM_STREAM_ENDPOINT`. Without one nothing is recorded. */
  readonly endpoint?: string;
  /** Default: `LLM_STREAM_TOKEN`. */
  readonly token?: string;
  /** Default: `LLM_STREAM_ENABLED`, else true. */
  readonly enabled?: boolean;
  /** False: only figures, and the response if `storeResponses`. Default: `LLM_STREAM_STORE_TOKENS`, else true. */
  readonly storeTokens?: boolean;
  /** Whether the whole text is sent where not all tokens are. Default: `LLM_STREAM_STORE_RESPONSES`, else true. */
  readonly storeResponses?: boolean;
  /** 0 to 1; always with the first and the last token. Default: `LLM_STREAM_TOKEN_SAMPLE_RATE`, else 1. */
  readonly tokenSampleRate?: number;
  /** Where what happens outside of any run belongs to. Default: `LLM_STREAM_RUN`, else the program's name. */
  readonly defaultRunName?: string;
  /** What happens when the capture is away or slow. Default: `LLM_STREAM_WHEN_AWAY`, else "drop". */
  readonly whenAway?: 'drop' | 'spool';
  /** Default: `LLM_STREAM_SPOOL_FOLDER`, else a folder of the system's temporary folder. */
  readonly spoolFolder?: string;
  /** Most that waits in the files of that folder. Default: `LLM_STREAM_SPOOL_MB`, else 1024. */
  readonly spoolMegabytes?: number;
  /** Most that waits in memory. Default: `LLM_STREAM_BUFFER_MB`, else 32. */
  readonly bufferMegabytes?: number;
  /** How long the end of the process may wait for the capture. Default: `LLM_STREAM_EXIT_TIMEOUT_SECONDS`, else 2. */
  readonly exitTimeoutSeconds?: number;
  /** Whether SIGTERM, SIGINT and SIGHUP are flushed before they end the process. Default: `LLM_STREAM_HANDLE_SIGNALS`, else true. */
  readonly handleSignals?: boolean;
}

/** Where something belongs: by default to what is open around it (AsyncLocalStorage). */
export interface Placement {
  /** A run, a step, or a stream of a call that it happens within. */
  readonly parent?: Run | Step | LlmStream;
}

export interface RunOptions {
  readonly agentType?: string;
  readonly sessionId?: string;
  readonly userId?: string;
  readonly metadata?: unknown;
}

export interface StepOptions extends Placement {
  readonly input?: unknown;
  /** Whatever else is known; shown as it is. */
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface LlmRequest extends Placement {
  readonly model?: string;
  readonly provider?: string;
  /** Shown in the timeline; default: the model. */
  readonly name?: string;
  readonly prompt?: string;
  /** In whatever form the model takes them. */
  readonly messages?: unknown;
  /** Temperature, tools, … */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface TokenOptions {
  /** Default: text. */
  readonly kind?: TokenKind;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface LlmEnd {
  /** Default: completed, or failed after `error`. */
  readonly status?: CallStatus;
  readonly finishReason?: string;
  /** As the provider counted. */
  readonly promptTokens?: number;
  readonly completionTokens?: number;
  readonly httpStatus?: number;
  /** Where it is not the text of the tokens. */
  readonly response?: unknown;
  /** False: the answer came in one piece, which was not known at the start. */
  readonly streaming?: boolean;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A call whose answer comes token by token. All after `end` is ignored. */
export interface LlmStream extends AsyncDisposable, Disposable {
  readonly id: string;
  /** Notes the time, and nothing else; at most about 1 µs. An empty text is no token. */
  addToken(text: string, options?: TokenOptions): void;
  /** The first chunk of whatever kind has come (a role, a ping): only its time is kept. */
  firstChunk(): void;
  /** The call failed. `code`: TIMEOUT, RATE_LIMIT, AUTH_ERROR, LLM_ERROR, CLIENT_ABORT, TRUNCATED, UPSTREAM_UNREACHABLE, INTERRUPTED. */
  error(error: unknown, code?: string): void;
  end(end?: LlmEnd): void;
}

export interface StepEnding {
  /** Where it was not known at the start. */
  readonly input?: unknown;
  readonly output?: unknown;
  /** Default: completed, or failed after `error`. */
  readonly status?: string;
}

/** Something with a beginning and an end within a run: a stage, a tool's work, an agent's turn. */
export interface Step extends AsyncDisposable, Disposable {
  readonly id: string;
  /**
   * How much is done, 0 to 1, and what it is at, in a line; as often as you like: about ten times a second the newest
   * is sent. The newest counts, also where it is less than before. Without `message`, the last one stays.
   */
  progress(fraction: number, message?: string): void;
  /** A phase of the work begins, as "detailed" or "summary"; it goes on until the next one, or the end. */
  phase(name: string): void;
  error(error: unknown): void;
  end(end?: StepEnding): void;
}

export interface Run extends AsyncDisposable, Disposable {
  readonly id: string;
  error(error: unknown): void;
  end(status?: 'completed' | 'failed'): void;
}

export type StreamedText =
  | string
  | { readonly text: string; readonly kind?: TokenKind }
  | readonly { readonly text: string; readonly kind?: TokenKind }[]
  | null
  | undefined;

export interface TraceStreamRequest<Chunk> extends LlmRequest {
  /** What of a chunk is text. Default: strings, objects `{ text, kind }`, and the chunks of the OpenAI, Anthropic, Ollama, Gemini and AI SDKs. */
  readonly textOf?: (chunk: Chunk) => StreamedText;
}

/** `await` it, call it, or iterate it: a function is called when the call starts, so that its wait is seen. */
export type StreamSource<Chunk> =
  | AsyncIterable<Chunk>
  | Iterable<Chunk>
  | PromiseLike<AsyncIterable<Chunk> | Iterable<Chunk>>
  | (() =>
      AsyncIterable<Chunk> | Iterable<Chunk> | PromiseLike<AsyncIterable<Chunk> | Iterable<Chunk>>);

/** The whole of a call that was not streamed. */
export interface LlmCall extends LlmRequest, LlmEnd {
  readonly durationMs?: number;
  readonly error?: unknown;
}

export interface Trace {
  /** @throws TypeError that names the option whose value is wrong. Wrong variables of the environment warn and are not used. */
  configure(options: TraceOptions): void;

  /** `work` runs within the run; an exception fails it and goes on. Within another run it is a step of that one, of type `agent`. */
  run<T>(name: string, work: (run: Run) => T): T;
  run<T>(name: string, options: RunOptions, work: (run: Run) => T): T;
  stage<T>(name: string, work: (step: Step) => T): T;
  stage<T>(name: string, options: StepOptions, work: (step: Step) => T): T;
  agent<T>(name: string, work: (step: Step) => T): T;
  agent<T>(name: string, options: StepOptions, work: (step: Step) => T): T;
  /** Its output is what `work` returns or resolves to. */
  tool<T>(name: string, input: unknown, work: (step: Step) => T): T;

  /** Without a function around it: whoever starts it ends it, and names it as `parent` of what is within. */
  startRun(name: string, options?: RunOptions): Run;
  startStep(type: StepType, name: string, options?: StepOptions): Step;
  startLlmStream(request?: LlmRequest): LlmStream;
  /** `work` runs within whatever was started by hand. */
  within<T>(parent: Run | Step | LlmStream, work: () => T): T;

  traceStream<Chunk>(
    source: StreamSource<Chunk>,
    request?: TraceStreamRequest<Chunk>,
  ): AsyncIterable<Chunk>;
  /**
   * To the stream that was started last in this context and is open. Of functions that run at once, each adds to
   * its own; what is started within a run, a stage or a tool is not seen outside of it.
   */
  addLlmToken(text: string, options?: TokenOptions): void;
  llm(call: LlmCall): void;

  memoryRead(key: string, value?: unknown, data?: Readonly<Record<string, unknown>>): void;
  memoryWrite(key: string, value?: unknown, data?: Readonly<Record<string, unknown>>): void;
  error(error: unknown, data?: Readonly<Record<string, unknown>>): void;
  finalAnswer(answer: unknown, data?: Readonly<Record<string, unknown>>): void;
  agentSpawn(agent: string, data?: Readonly<Record<string, unknown>>): void;
  agentJoin(agent: string, data?: Readonly<Record<string, unknown>>): void;
  agentLeave(agent: string, data?: Readonly<Record<string, unknown>>): void;
  agentCommunication(
    from: string,
    to: string,
    message: unknown,
    data?: Readonly<Record<string, unknown>>,
  ): void;
  agentHandoff(
    from: string,
    to: string,
    reason?: string,
    data?: Readonly<Record<string, unknown>>,
  ): void;
  taskAssignment(task: string, to: string, data?: Readonly<Record<string, unknown>>): void;
  taskCompletion(task: string, data?: Readonly<Record<string, unknown>>): void;
  /** Anything else. */
  event(name: string, data?: Readonly<Record<string, unknown>>): void;

  /** False: there is no endpoint, or recording is switched off. */
  readonly isRecording: boolean;
  /** Whether a run is open around, so that what is started belongs to it. */
  readonly isInRun: boolean;

  /** True: all is with the capture. Default: 5 000 ms. Never rejects. */
  flush(timeoutMs?: number): Promise<boolean>;
}
