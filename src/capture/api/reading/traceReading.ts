/**
 * The capture's own trace as the reading API sees it: through a store process, as every editor does, so that
 * reading never keeps the proxy from its work. The process is started with the first question and ended when
 * nobody has asked for a while.
 */
import { defaultStallRule } from '../../../model/stalls.js';
import type {
  RunDetail,
  RunKey,
  RunSummary,
  Step,
  StepKey,
  TraceSummary,
} from '../../../model/trace.js';
import { type TraceError, toTraceError } from '../../../protocol/errors.js';
import { readRun } from '../../../protocol/readRun.js';
import type {
  CallTokenRanges,
  StoreSurface,
  TokenSlice,
  TraceRequests,
} from '../../../protocol/storeMessages.js';
import { StoreClient } from '../../../store/process/client.js';
import { ApiProblem, insideProblem } from '../problem.js';

export interface TraceReadingOptions {
  /** The trace that the capture writes. */
  readonly path: string;
  /** The bundled entry of the store process. */
  readonly storeModulePath: string;
}

interface Log {
  /** Gets what went wrong inside. */
  readonly log: (line: string) => void;
}

type Requests = StoreSurface['requests'];

/** The process holds the trace in memory. */
const idleMs = 60_000;
const document = 1;

export class TraceReading {
  private client: StoreClient | null = null;
  private opening: Promise<TraceSummary> | null = null;
  private idle: NodeJS.Timeout | undefined;
  private asking = 0;
  private isClosed = false;
  /** The run that was asked for last: of thousands of calls, only those that changed are read again. */
  private held: RunDetail | null = null;
  /** Keys and revisions are those of one opening of the trace: grows with every one. */
  openings = 0;

  constructor(private readonly options: TraceReadingOptions & Log) {}

  /** Newest first. */
  async runs(): Promise<readonly RunSummary[]> {
    return (await this.synced()).runs;
  }

  /** @throws ApiProblem 404 */
  async run(runId: string): Promise<RunDetail> {
    const run = (await this.runs()).find(({ id }) => id === runId);
    if (!run) throw new ApiProblem(404, `There is no run "${runId}" in this trace.`);
    const { openings } = this;
    const ask = <M extends 'run' | 'runChanges'>(method: M, params: TraceRequests[M]['params']) =>
      this.ask(method, { ...params, document });
    const detail = await readRun(ask, run.key, this.held);
    if (this.openings === openings && this.client) this.held = detail;
    return detail;
  }

  /** @throws ApiProblem 404 */
  async call(runId: string, callId: string): Promise<CallOfRun> {
    const { run, steps } = await this.run(runId);
    const step = steps.filter(isCallStep).find(({ id }) => id === callId);
    if (!step) {
      throw new ApiProblem(404, `There is no LLM call "${callId}" in the run "${runId}".`);
    }
    return { run, step };
  }

  /**
   * Of what was there when the trace was last read: see {@link synced}. With the `revision` of the tokens before
   * `from`, the slice begins further in front when those have changed.
   */
  tokens(call: StepKey, from: number, count: number, revision?: number): Promise<TokenSlice> {
    return this.ask('tokens', {
      document,
      call,
      from,
      count,
      ...(revision === undefined ? {} : { revision }),
    });
  }

  /** What senders said of the tokens of a slice, by index. */
  async metadata(call: StepKey, { index }: TokenSlice): Promise<TokenMetadata> {
    const [first, last] = [index.at(0), index.at(-1)];
    if (first === undefined || last === undefined) return new Map();
    const found = await this.ask('tokenMetadata', { document, call, first, last });
    return new Map([...found].map(([position, text]) => [position, jsonOrText(text)]));
  }

  /** Which tokens of the run's calls are on a page of them in order of time; times in µs since 1970. */
  tokenRanges(
    run: RunKey,
    page: { fromUs: number; toUs: number; offset: number; limit: number },
  ): Promise<CallTokenRanges> {
    return this.ask('tokenRanges', { document, run, ...page });
  }

  /** With everything that was appended until now, whatever the store has noticed by itself. */
  async synced(): Promise<TraceSummary> {
    const wasOpen = this.opening !== null;
    const summary = await (this.opening ??= this.open());
    return wasOpen ? this.ask('sync', { document }) : summary;
  }

  /** For tests that kill it. */
  get processId(): number | undefined {
    return this.client?.processId;
  }

  close(): void {
    this.isClosed = true;
    this.end();
  }

  private open(): Promise<TraceSummary> {
    const { path } = this.options;
    this.openings++;
    this.held = null;
    const opening = this.ask('open', {
      document,
      source: { kind: 'path', path },
      stallRule: defaultStallRule,
      confirmAboveBytes: Infinity,
      keys: [],
    });
    opening.catch(() => {
      if (this.opening === opening) this.opening = null;
    });
    return opening;
  }

  /** @throws ApiProblem 503 with the sentence that the store has for it, 500 where it has none. */
  private async ask<M extends keyof Requests>(
    method: M,
    params: Requests[M]['params'],
  ): Promise<Requests[M]['result']> {
    if (this.isClosed) throw new ApiProblem(503, 'The capture is ending.');
    this.asking++;
    clearTimeout(this.idle);
    try {
      return await (this.client ??= this.start()).request(method, params);
    } catch (thrown) {
      throw this.problemOf(toTraceError(thrown));
    } finally {
      this.asking--;
      if (this.asking === 0 && !this.isClosed) {
        this.idle = setTimeout(() => this.end(), idleMs);
        this.idle.unref();
      }
    }
  }

  private problemOf({ code, message, detail }: TraceError): ApiProblem {
    if (detail !== null) this.options.log(`Reading the trace: ${detail}`);
    return code === 'internal'
      ? insideProblem()
      : new ApiProblem(503, message, { headers: { 'Retry-After': '1' } });
  }

  private start(): StoreClient {
    return new StoreClient({
      modulePath: this.options.storeModulePath,
      handlers: {
        progress: () => undefined,
        changed: () => undefined,
        sourceLost: () => undefined,
      },
      onEnd: () => {
        this.opening = null;
      },
    });
  }

  private end(): void {
    clearTimeout(this.idle);
    this.client?.dispose();
    this.client = null;
    this.opening = null;
    this.held = null;
  }
}

/** A step that is an LLM call. */
export type CallStep = Step & { readonly call: NonNullable<Step['call']> };

export interface CallOfRun {
  readonly run: RunSummary;
  readonly step: CallStep;
}

export const isCallStep = (step: Step): step is CallStep => step.call !== null;

/** Any JSON, by the token's index. */
export type TokenMetadata = ReadonlyMap<number, unknown>;

export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Another program has written into the trace, or it is only the beginning.
    return text;
  }
}
