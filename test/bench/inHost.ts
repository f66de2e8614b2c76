/** Runs inside the extension host: activation, and how long opening a trace keeps the host from working. */
import { writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { activationMs } from '../integration/support/activation.js';

export interface HostFigures {
  readonly activationMs: number;
  /** Longest that the host was at work without a pause: doing nothing, and while a trace is opened. */
  readonly idleDelayMs: number;
  readonly openingDelayMs: number;
}

const settledMs = 3_000;

export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension('llm-stream-inspector.llm-stream-inspector');
  const resultsFile = process.env['LLM_STREAM_BENCH_RESULTS'];
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (!extension || !folder || resultsFile === undefined) throw new Error('nothing to measure');
  // VS Code itself is busy at first.
  await longestDelay(settledMs);
  await extension.activate();
  const idleDelayMs = await longestDelay(settledMs);
  const opened = vscode.commands.executeCommand(
    'vscode.openWith',
    vscode.Uri.joinPath(folder, 'large.llmtrace'),
    'llmStream.trace',
  );
  const [openingDelayMs] = await Promise.all([longestDelay(settledMs), opened]);
  const figures: HostFigures = { activationMs: activationMs(), idleDelayMs, openingDelayMs };
  await writeFile(resultsFile, JSON.stringify(figures));
}

/**
 * The longest that the event loop was kept from its next turn during the next milliseconds, as far as this
 * process was at work in that time: a machine that is busy with others must not count.
 */
function longestDelay(milliseconds: number): Promise<number> {
  const begin = performance.now();
  let longest = 0;
  let turn = begin;
  let used = process.cpuUsage();
  return new Promise((resolve) => {
    const next = (): void => {
      const now = performance.now();
      const { user, system } = process.cpuUsage(used);
      longest = Math.max(longest, Math.min(now - turn, (user + system) / 1_000));
      turn = performance.now();
      used = process.cpuUsage();
      if (now - begin < milliseconds) setTimeout(next, 1);
      else resolve(longest);
    };
    setTimeout(next, 1);
  });
}
