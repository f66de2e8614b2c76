/** The API over a real log and a real store process, asked over HTTP. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createParser } from 'eventsource-parser';
import { type ApiOptions, type CaptureApi, createApi } from '../../../../src/capture/api/api.js';
import { EventLog } from '../../../../src/capture/log/eventLog.js';
import { createRedaction } from '../../../../src/redaction/redaction.js';
import { milliseconds } from '../../../../src/model/units.js';
import type { CaptureHealth, CaptureStatus } from '../../../../src/protocol/captureStatus.js';
import type { TraceEvent } from '../../../../src/store/log/traceEvent.js';
import { bundle } from '../log/bundles.js';

export const token = 'the-token-of-this-capture';

let bundles: Promise<string> | undefined;

/** Once for all tests. */
export const buildBundles = (): Promise<string> =>
  (bundles ??= bundle({ store: 'src/storeProcess.ts', fold: 'src/foldWorker.ts' }));

after(async () => {
  if (bundles) await rm(await bundles, { recursive: true, force: true });
});

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: T;
}

export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly errors?: { field: string; message: string }[];
}

export interface ReceivedEvent {
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
}

export type Events = AsyncGenerator<ReceivedEvent, void>;

const health: CaptureHealth = {
  ...{
    tokensStored: 90,
    tokensSampledOut: 10,
    tokensDropped: 1,
    logBytes: 2_000,
    fileBytes: 3_000,
  },
  ...{ writeLatencyMs: { p50: 0.012, p99: 0.5, max: 7 }, recoveries: 2, rejectedEvents: 3 },
};

export class RunningApi {
  status: Required<CaptureStatus>;
  readonly stops: string[] = [];
  readonly attachments: number[] = [];
  readonly logged: string[] = [];
  /** What was appended to the log. */
  readonly events: TraceEvent[] = [];
  /** Set to false, the log says that it could not write. */
  canWrite = true;
  private readonly server: Server;
  private readonly responses = new Set<ServerResponse>();
  readonly api: CaptureApi;
  readonly tracePaths: ApiOptions['trace'];

  private constructor(
    private readonly folder: string,
    readonly log: EventLog,
    bundles: string,
    options: Partial<ApiOptions>,
  ) {
    this.status = {
      ...{ state: 'listening', url: 'http://127.0.0.1:1', port: 1, pid: process.pid },
      ...{ db: log.tracePath, startedAtMs: Date.now(), activeStreams: 0, calls: 0, tokens: 0 },
      ...{ tokensPerSecond: 0, problems: [], notices: [], health },
    };
    this.tracePaths = { path: log.tracePath, storeModulePath: join(bundles, 'store.js') };
    this.api = createApi({
      token,
      version: '1.2.3',
      sink: {
        append: (events) => {
          this.events.push(...events);
          return log.append(events) && this.canWrite;
        },
      },
      appended: log,
      redaction: createRedaction({
        useDefaults: true,
        keys: ['password'],
        patterns: ['secret-[0-9]{6}'],
      }),
      trace: this.tracePaths,
      longestSilenceMs: milliseconds(0),
      status: () => this.status,
      hasMetrics: true,
      stop: (when) => this.stops.push(when),
      onAttachments: (count) => this.attachments.push(count),
      log: (line) => this.logged.push(line),
      ...options,
    });
    // A connection that is used again while it is being closed would fail.
    this.server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
      this.responses.add(response);
      response.once('close', () => this.responses.delete(response));
      this.api.handle(request, response);
    });
  }

  static async start(bundles: string, options: Partial<ApiOptions> = {}): Promise<RunningApi> {
    const folder = await mkdtemp(join(tmpdir(), 'llm-stream-api-'));
    const log = await EventLog.open(join(folder, 'a.llmtrace'), {
      foldWorkerPath: join(bundles, 'fold.js'),
      onProblems: () => undefined,
      log: () => undefined,
    });
    const running = new RunningApi(folder, log, bundles, options);
    running.server.listen(0, '127.0.0.1');
    await once(running.server, 'listening');
    return running;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  openResponses(): number {
    return this.responses.size;
  }

  /** Bytes that wait for a client. */
  largestWriteQueue(): number {
    return Math.max(0, ...[...this.responses].map(({ writableLength }) => writableLength));
  }

  async stop(): Promise<void> {
    this.api.close();
    this.server.closeAllConnections();
    this.server.close();
    await this.log.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** With the token, unless the headers say otherwise. */
  async ask<T>(path: string, init: RequestInit = {}): Promise<Answer<T>> {
    const response = await fetch(this.url + path, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const body = (isJson ? JSON.parse(text) : null) as T;
    return { status: response.status, headers: response.headers, text, body };
  }

  /** Each a line; what is no text is sent as JSON. */
  send<T>(...lines: readonly unknown[]): Promise<Answer<T>> {
    const body = lines
      .map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
      .join('\n');
    return this.ask('/v1/events', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-ndjson' },
    });
  }

  /** Server-sent events, until the last one was read or `wanted` says that it is enough. */
  async *follow(path: string, headers: Record<string, string> = {}): Events {
    const leaving = new AbortController();
    const response = await fetch(this.url + path, {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...headers },
      signal: leaving.signal,
    });
    const received: ReceivedEvent[] = [];
    const parser = createParser({
      onEvent: ({ event, id, data }) =>
        received.push({ event, id, data: JSON.parse(data) as Record<string, unknown> }),
    });
    const decoder = new TextDecoder();
    try {
      for await (const bytes of response.body ?? []) {
        parser.feed(decoder.decode(bytes, { stream: true }));
        yield* received.splice(0);
      }
    } finally {
      leaving.abort();
    }
  }
}

/** Events as an SDK sends them. */
export const runStart = (run_id: string, more: object = {}) => ({
  type: 'run_start',
  ...{ run_id, name: `Run ${run_id}`, timestamp_us: 1_763_627_000_000_000, ...more },
});

export const callStart = (llm_call_id: string, run_id: string, more: object = {}) => ({
  type: 'llm_call_start',
  ...{ llm_call_id, run_id, model: 'a-model', timestamp_us: 1_763_627_001_000_000, ...more },
});

/** One each 10 ms, beginning 150 ms after the start. */
export const tokensOf = (llm_call_id: string, first_index: number, texts: readonly string[]) => ({
  type: 'llm_tokens',
  ...{ llm_call_id, first_index },
  tokens: texts.map((token, position) => ({
    token,
    offset_us: 150_000 + 10_000 * (first_index + position),
  })),
});

export const callEnd = (llm_call_id: string, more: object = {}) => ({
  type: 'llm_call_end',
  ...{ llm_call_id, duration_us: 2_000_000, ...more },
});
