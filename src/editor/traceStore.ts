/** The store process as the documents see it: numbers them, and hands each what the process says of it. */
import { StoreClient } from '../store/process/client.js';
import type { RequestOptions } from '../protocol/channel.js';
import type { TraceError } from '../protocol/errors.js';
import type {
  DocumentNumber,
  StoreClientSurface,
  StoreSurface,
} from '../protocol/storeMessages.js';

type StoreRequests = StoreSurface['requests'];
type StoreNews = StoreClientSurface['notifications'];

/** Who is told what happens to a trace in the store process. */
export interface StoreDocument {
  progressed(fraction: number, what: string): void;
  changed(summary: StoreNews['changed']['summary']): void;
  sourceLost(error: StoreNews['sourceLost']['error']): void;
  storeEnded(error: TraceError): void;
}

/** The process keeps the memory of traces that were closed; it ends when it is not used this long. */
const idleBeforeEndMs = 10_000;

export class TraceStore {
  private readonly documents = new Map<DocumentNumber, StoreDocument>();
  private nextNumber = 1;
  private client: StoreClient | null = null;
  private idleTimer: NodeJS.Timeout | null = null;

  /** `modulePath` is the bundled entry of the store process; it is started with the first request. */
  constructor(
    private readonly modulePath: string,
    private readonly idleMs = idleBeforeEndMs,
  ) {}

  /** Every opening has a number of its own, so that late news of an earlier one reach nobody. */
  newDocument(document: StoreDocument): DocumentNumber {
    this.stopIdleTimer();
    const number = this.nextNumber++;
    this.documents.set(number, document);
    return number;
  }

  ask<M extends keyof StoreRequests>(
    method: M,
    params: StoreRequests[M]['params'],
    options: RequestOptions = {},
  ): Promise<StoreRequests[M]['result']> {
    this.client ??= this.newClient();
    return this.client.request(method, params, options);
  }

  /** Frees what the store process holds of it; nobody is told when that fails: it is gone then. */
  closeDocument(number: DocumentNumber): void {
    if (!this.documents.delete(number)) return;
    if (this.client?.isRunning) {
      this.client.request('close', { document: number }).catch(() => undefined);
    }
    if (this.documents.size === 0) {
      this.stopIdleTimer();
      this.idleTimer = setTimeout(() => this.endProcess(), this.idleMs);
    }
  }

  /** Of the store process; null while it does not run. */
  get processId(): number | null {
    return this.client?.processId ?? null;
  }

  dispose(): void {
    this.documents.clear();
    this.stopIdleTimer();
    this.endProcess();
  }

  private newClient(): StoreClient {
    return new StoreClient({
      modulePath: this.modulePath,
      handlers: {
        progress: ({ document, fraction, what }) =>
          this.documents.get(document)?.progressed(fraction, what),
        changed: ({ document, summary }) => this.documents.get(document)?.changed(summary),
        sourceLost: ({ document, error }) => this.documents.get(document)?.sourceLost(error),
      },
      onEnd: (error) => this.ended(error),
    });
  }

  private ended(error: TraceError): void {
    const documents = new Set(this.documents.values());
    this.documents.clear();
    for (const document of documents) document.storeEnded(error);
  }

  private endProcess(): void {
    this.client?.dispose();
    this.client = null;
  }

  private stopIdleTimer(): void {
    if (this.idleTimer) clearTimeout(this.idleTimer);
    this.idleTimer = null;
  }
}
