/**
 * The store process as seen from the extension host: started with the first request, started again after
 * it died. Traces that were open in it are gone then; their owners open them anew.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { Channel, type NotificationHandlers, type RequestOptions } from '../../protocol/channel.js';
import { TraceError } from '../../protocol/errors.js';
import type { StoreClientSurface, StoreSurface } from '../../protocol/storeMessages.js';
import { processPort } from './processPort.js';

type StoreChannel = Channel<StoreClientSurface, StoreSurface>;

export interface StoreClientOptions {
  /** The bundled entry of the store process. */
  readonly modulePath: string;
  readonly handlers: NotificationHandlers<StoreClientSurface>;
  /** The process ended by itself, with everything that was open in it. */
  readonly onEnd: (error: TraceError) => void;
  /** For the process; none in the product. */
  readonly execArgv?: readonly string[];
}

export class StoreClient {
  private running: { readonly process: ChildProcess; readonly channel: StoreChannel } | undefined;
  private disposed = false;

  constructor(private readonly options: StoreClientOptions) {}

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** For the log, and for tests that kill it. */
  get processId(): number | undefined {
    return this.running?.process.pid;
  }

  async request<M extends keyof StoreSurface['requests']>(
    method: M,
    params: StoreSurface['requests'][M]['params'],
    options: RequestOptions = {},
  ): Promise<StoreSurface['requests'][M]['result']> {
    if (this.disposed) {
      throw new TraceError('closed', 'LLM Stream Inspector has been closed.');
    }
    const running = (this.running ??= this.start());
    try {
      return await running.channel.request(method, params, options);
    } catch (thrown) {
      // It works synchronously: when it does not answer in time, it answers nobody.
      if (thrown instanceof TraceError && thrown.code === 'timeout')
        running.process.kill('SIGKILL');
      throw thrown;
    }
  }

  /** Ends the process; what is waiting is rejected. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    const running = this.running;
    this.running = undefined;
    running?.channel.dispose();
    running?.process.kill();
  }

  private start(): { process: ChildProcess; channel: StoreChannel } {
    const child = fork(this.options.modulePath, [], {
      // The extension host's own executable may be Electron.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      // Not the host's own, which may hold a debugger's port.
      execArgv: [...(this.options.execArgv ?? [])],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let lastWords = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-4_000);
    });
    const channel = new Channel<StoreClientSurface, StoreSurface>(
      processPort(child),
      {},
      this.options.handlers,
    );
    child.once('error', (error) => this.ended(child, error.message));
    // 'close' comes after the last of stderr.
    child.once('close', (code, signal) =>
      this.ended(child, `exit code ${code ?? '-'}, signal ${signal ?? '-'}\n${lastWords}`),
    );
    return { process: child, channel };
  }

  private ended(child: ChildProcess, detail: string): void {
    if (this.running?.process !== child) return;
    const { channel } = this.running;
    this.running = undefined;
    channel.dispose();
    this.options.onEnd(
      new TraceError(
        'closed',
        'The process that reads traces ended unexpectedly. Reload the trace to start it again.',
        detail,
      ),
    );
  }
}
