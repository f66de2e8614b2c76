/**
 * The VS Code in which integration and e2e tests run: the desktop one where it can be had, its server
 * build in headless Chromium otherwise. LLM_STREAM_LAUNCHER=electron|server chooses.
 */
import type { Page } from 'playwright-core';
import { electronLauncher, findElectron } from './electronLauncher.js';
import { serverLauncher } from './serverLauncher.js';

export interface OpenOptions {
  /** The folder that VS Code opens. */
  readonly folder: string;
  readonly width: number;
  readonly height: number;
  /** Of the user, beside those of every test: for settings that no folder may have. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface HostTestOptions {
  readonly folder: string;
  /** A module whose `run()` is called inside the extension host. */
  readonly tests: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** One window of VS Code with the extension under test. */
export interface VsCodeWindow {
  readonly page: Page;
  resize(width: number, height: number): Promise<void>;
  close(): Promise<void>;
}

export interface Launcher {
  /** Which VS Code, for the log. */
  readonly name: string;
  open(options: OpenOptions): Promise<VsCodeWindow>;
  /** Settles when VS Code says that the tests ended; what came out is in their results file. */
  runInHost(options: HostTestOptions): Promise<void>;
  dispose(): Promise<void>;
}

export async function chooseLauncher(log: (line: string) => void): Promise<Launcher> {
  const wanted = process.env['LLM_STREAM_LAUNCHER'] ?? '';
  if (!['', 'electron', 'server'].includes(wanted)) {
    throw new Error(`LLM_STREAM_LAUNCHER is "${wanted}"; it can be "electron" or "server".`);
  }
  if (wanted !== 'server') {
    const found = await findElectron();
    if ('executable' in found) return electronLauncher(found.executable);
    if (wanted === 'electron') throw new Error(`VS Code cannot be run here: ${found.reason}`);
    log(`No desktop VS Code (${found.reason}): its server build is used.`);
  }
  return serverLauncher(log);
}
