/** The real capture, in a process of its own: `node dist/cli.js capture`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { repository } from '../../../scripts/dependencies.mjs';
import type { CaptureAddress } from '../../../src/protocol/captureStatus.js';
import type { Endpoint } from './conversation.js';

export interface CaptureOptions {
  /** Base URLs by name. */
  readonly upstreams: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

export class CaptureProcess {
  private stopped = false;

  private constructor(
    readonly address: CaptureAddress,
    readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start({ upstreams, environment = {} }: CaptureOptions): Promise<CaptureProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'llm-stream-clients-'));
    const words = [
      ...[join(repository, 'dist', 'cli.js'), 'capture', '--port', '0'],
      ...['--db', join(folder, 'captured.llmtrace')],
      ...Object.entries(upstreams).flatMap(([name, url]) => ['--upstream', `${name}=${url}`]),
    ];
    const child = spawn(process.execPath, words, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line').then(([first]) => String(first)),
      once(child, 'exit').then(([code]) => {
        throw new Error(`The capture ended with exit code ${String(code)} before it listened.`);
      }),
    ]);
    return new CaptureProcess(JSON.parse(line) as CaptureAddress, child, folder);
  }

  get db(): string {
    return this.address.db;
  }

  /** Base URLs whose calls come into a run of this name. */
  run(name: string): Endpoint {
    return (upstream) => `${this.address.url}/run/${encodeURIComponent(name)}/${upstream}`;
  }

  /** Ends it as a person would with Ctrl+C; its exit code. */
  async stop(): Promise<number | null> {
    const { exitCode, signalCode } = this.child;
    if (!this.stopped && exitCode === null && signalCode === null) {
      this.stopped = true;
      this.child.kill('SIGINT');
      await once(this.child, 'exit');
    }
    return this.child.exitCode;
  }

  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The mock's own base URLs, as `--upstream` takes them and as clients take them without a capture. */
export const mockUpstreams = (url: string) => ({
  openai: `${url}/v1`,
  anthropic: url,
  ollama: url,
  gemini: url,
  mock: url,
});
