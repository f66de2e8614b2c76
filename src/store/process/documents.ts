/** The traces that are open in the store process, by the numbers that the host gave them. */
import type { RequestHandlers } from '../../protocol/channel.js';
import { TraceError, serializeError } from '../../protocol/errors.js';
import type {
  DocumentNumber,
  OpenParams,
  StoreClientSurface,
  StoreSurface,
} from '../../protocol/storeMessages.js';
import type { TraceSummary } from '../../model/trace.js';
import type { OpenReader } from '../openTrace.js';
import { callTokenRanges } from '../tokenRanges.js';
import { TraceDocument } from './traceDocument.js';
import type { TraceQueries } from '../traceQueries.js';

type Notify = <M extends keyof StoreClientSurface['notifications']>(
  method: M,
  params: StoreClientSurface['notifications'][M],
) => void;

export class Documents {
  private readonly open = new Map<DocumentNumber, TraceDocument>();
  /** Ends an opening that is under way. */
  private readonly opening = new Map<DocumentNumber, AbortController>();

  constructor(
    private readonly openReader: OpenReader,
    private readonly notify: Notify,
  ) {}

  readonly handlers: RequestHandlers<StoreSurface> = {
    open: (params, signal) => this.openDocument(params, signal),
    close: ({ document }) => this.close(document),
    setStallRule: ({ document, stallRule }) => this.document(document).setStallRule(stallRule),
    run: ({ document, ...params }) => this.queries(document).runSlice(params),
    runChanges: ({ document, run, since }) => this.queries(document).runChanges(run, since),
    sync: ({ document }) => this.document(document).sync(),
    rates: ({ document, ...params }) => this.queries(document).rates(params),
    tokens: ({ document, ...params }) => this.queries(document).tokenSlice(params),
    tokenMetadata: ({ document, call, first, last }) =>
      this.queries(document).tokenMetadata(call, first, last),
    tokenRanges: ({ document, ...params }) => callTokenRanges(this.queries(document), params),
    step: ({ document, step }) => this.queries(document).step(step),
  };

  closeAll(): void {
    for (const document of [...this.open.keys(), ...this.opening.keys()]) this.close(document);
  }

  private async openDocument(params: OpenParams, signal: AbortSignal): Promise<TraceSummary> {
    const number = params.document;
    this.close(number);
    const opening = new AbortController();
    this.opening.set(number, opening);
    signal.addEventListener('abort', () => opening.abort(), { once: true });
    try {
      const document = await TraceDocument.open(
        params,
        this.openReader,
        {
          progress: (fraction, what) =>
            this.notify('progress', { document: number, fraction, what }),
          changed: (summary) => this.notify('changed', { document: number, summary }),
          sourceLost: (error) =>
            this.notify('sourceLost', { document: number, error: serializeError(error) }),
        },
        opening.signal,
      );
      if (opening.signal.aborted) {
        document.close();
        throw new TraceError('cancelled', 'Cancelled.');
      }
      this.open.set(number, document);
      return document.queries.summary();
    } finally {
      if (this.opening.get(number) === opening) this.opening.delete(number);
    }
  }

  private close(number: DocumentNumber): null {
    this.opening.get(number)?.abort();
    this.opening.delete(number);
    this.open.get(number)?.close();
    this.open.delete(number);
    return null;
  }

  private queries(number: DocumentNumber): TraceQueries {
    return this.document(number).queries;
  }

  private document(number: DocumentNumber): TraceDocument {
    const document = this.open.get(number);
    if (!document) {
      throw new TraceError('closed', 'The trace is no longer open. Open the file again.');
    }
    return document;
  }
}
