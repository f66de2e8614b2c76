/** Runs VS Code's server build on 127.0.0.1 and builds the addresses under which it opens things. */
import { type ChildProcess, spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { end } from '../children.js';
import type { ServerBuild } from './serverBuild.js';

export interface ServerOptions {
  readonly build: ServerBuild;
  /** A number, 0 for any free port, or a range like `3210-3299` for the first free one. */
  readonly port: string;
  /** Settings, state and logs of this VS Code. */
  readonly dataFolder: string;
  /** Needed by everyone who connects; without one, every program of this machine can. */
  readonly connectionToken: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface OpenAddress {
  readonly folder: string;
  readonly extension: string;
  readonly file?: string;
  /** A module whose `run()` is called inside the extension host. */
  readonly tests?: string;
}

export interface Server {
  readonly port: number;
  address(what: OpenAddress): string;
  /** Settles when the server is gone. */
  readonly exited: Promise<void>;
  /** The last lines that the server wrote. */
  log(): string;
  stop(): Promise<void>;
}

const startTimeoutMs = 60_000;
const keptLogLines = 200;

export async function startServer(options: ServerOptions): Promise<Server> {
  const child = spawn(
    options.build.nodeExecutable,
    [
      options.build.mainScript,
      ...['--host', '127.0.0.1', '--port', options.port],
      ...['--connection-token', options.connectionToken],
      ...['--server-data-dir', options.dataFolder],
      '--accept-server-license-terms',
      // Makes the page honour `extensionDevelopmentPath` and `extensionTestsPath` in its address.
      '--enable-smoke-test-driver',
      '--disable-telemetry',
      '--disable-workspace-trust',
    ],
    {
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const lines: string[] = [];
  const log = (): string => lines.join('\n');
  const port = await listeningPort(child, lines).catch(async (error: unknown) => {
    await end(child);
    throw error;
  });
  return {
    port,
    log,
    address: (what) => addressOf(port, options.connectionToken, what),
    exited: new Promise((resolve) => child.once('exit', () => resolve())),
    stop: () => end(child),
  };
}

function listeningPort(child: ChildProcess, lines: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void =>
      reject(new Error(`VS Code's server ${what}. It wrote:\n${lines.join('\n')}`));
    const timer = setTimeout(
      () => fail(`was not ready after ${startTimeoutMs / 1_000} s`),
      startTimeoutMs,
    );
    const read = (chunk: Buffer): void => {
      for (const line of chunk.toString('utf8').split('\n')) {
        if (line.trim() === '') continue;
        lines.push(line);
        if (lines.length > keptLogLines) lines.shift();
        const found = /agent listening on (\d+)/.exec(line)?.[1];
        if (found !== undefined) {
          clearTimeout(timer);
          resolve(Number(found));
        }
      }
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', (error) => fail(`could not be started (${error.message})`));
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with exit code ${code ?? 'none'}`);
    });
  });
}

function addressOf(port: number, connectionToken: string, what: OpenAddress): string {
  const remote = (path: string): string =>
    `vscode-remote://127.0.0.1:${port}${pathToFileURL(path).pathname}`;
  const payload = [['extensionDevelopmentPath', remote(what.extension)]];
  if (what.file !== undefined) payload.push(['openFile', remote(what.file)]);
  if (what.tests !== undefined) payload.push(['extensionTestsPath', remote(what.tests)]);
  const query = new URLSearchParams({
    tkn: connectionToken,
    folder: pathToFileURL(what.folder).pathname,
    payload: JSON.stringify(payload),
  });
  return `http://127.0.0.1:${port}/?${query.toString()}`;
}
