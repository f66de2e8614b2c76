/** Tells what is wrong in the settings, each with a way to them. */
import * as vscode from 'vscode';
import { toTraceError } from '../protocol/errors.js';
import { messageText } from './shownText.js';

export interface ProblemSource {
  /** Settles when `read` knows of each value whether it is valid. */
  whenChecked?(): Promise<void>;
  read(): { readonly problems: readonly string[] };
}

/** `section`: only of settings that begin with it. */
export function tellSettingProblems(settings: ProblemSource, section = ''): void {
  tell(settings.read().problems.filter((problem) => problem.includes(`llmStream.${section}`)));
}

/** Tells a problem when it comes up, not again with every other change. */
export function watchSettingProblems(
  sections: readonly string[],
  settings: ProblemSource,
  changed: () => void = () => undefined,
): vscode.Disposable {
  let known = new Set<string>();
  const tellNew = async (): Promise<void> => {
    const problems = [...(await failureOf(settings)), ...settings.read().problems];
    tell(problems.filter((problem) => !known.has(problem)));
    known = new Set(problems);
    changed();
  };
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (!sections.some((section) => event.affectsConfiguration(`llmStream.${section}`))) return;
    void tellNew();
  });
}

/** What kept the values from being checked. */
async function failureOf(settings: ProblemSource): Promise<readonly string[]> {
  try {
    await settings.whenChecked?.();
    return [];
  } catch (thrown) {
    return [toTraceError(thrown).message];
  }
}

function tell(problems: readonly string[]): void {
  for (const problem of problems) {
    void vscode.window.showWarningMessage(messageText(problem), 'Open Settings').then((chosen) => {
      if (!chosen) return;
      const name = /llmStream\.[\w.]*\w/.exec(problem)?.[0] ?? 'llmStream';
      void vscode.commands.executeCommand('workbench.action.openSettings', name);
    });
  }
}
