/** The user's settings (`llmStream.*`), as the rest of the extension needs them. */
import * as vscode from 'vscode';
import { defaultStallRule } from '../model/stalls.js';
import { milliseconds, toMicroseconds, toMilliseconds } from '../model/units.js';
import type { PageSettings } from '../protocol/pageMessages.js';

export interface Settings {
  readonly page: PageSettings;
  /** Larger traces are opened only after asking. */
  readonly largeFileBytes: number;
}

export function readSettings(): Settings {
  const configuration = vscode.workspace.getConfiguration('llmStream');
  // Settings files are written by hand: anything may be in them.
  const number = (name: string, byDefault: number, minimum: number, maximum: number): number => {
    const value = configuration.get<unknown>(name);
    return typeof value === 'number' && Number.isFinite(value)
      ? Math.min(Math.max(value, minimum), maximum)
      : byDefault;
  };
  const defaultMs = toMilliseconds(defaultStallRule.minimumUs);
  return {
    page: {
      stallRule: {
        minimumUs: toMicroseconds(
          milliseconds(number('stalls.minimumMilliseconds', defaultMs, 0, 3_600_000)),
        ),
        medianFactor: number('stalls.medianFactor', defaultStallRule.medianFactor, 1, 1_000_000),
      },
      pageSize: Math.round(number('tokens.pageSize', 100, 10, 1_000)),
    },
    largeFileBytes: number('largeFileMegabytes', 512, 1, 1_000_000) * 1_000_000,
  };
}

export function onSettingsChange(listener: (settings: Settings) => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('llmStream')) listener(readSettings());
  });
}
