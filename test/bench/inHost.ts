/** Runs inside the extension host: activation, and how long opening a trace keeps the host from working. */
import { writeFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as vscode from 'vscode';

export interface HostFigures {
  readonly activationMs: number;
  /** Longest delays of the host's event loop: doing nothing, and while traces are opened. */
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
  const start = performance.now();
  await extension.activate();
  const activationMs = performance.now() - start;
  const idleDelayMs = await longestDelay(settledMs);
  const opened = vscode.commands.executeCommand(
    'vscode.openWith',
    vscode.Uri.joinPath(folder, 'large.llmtrace'),
    'llmStream.trace',
  );
  const [openingDelayMs] = await Promise.all([longestDelay(settledMs), opened]);
  const figures: HostFigures = { activationMs, idleDelayMs, openingDelayMs };
  await writeFile(resultsFile, JSON.stringify(figures));
}

/** The longest that the event loop was late during the next milliseconds. */
async function longestDelay(milliseconds: number): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  delay.disable();
  return delay.max / 1_000_000;
}
