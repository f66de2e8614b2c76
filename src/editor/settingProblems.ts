/** Tells what is wrong in the settings, each with a way to them. */
import * as vscode from 'vscode';
import { messageText } from './shownText.js';

export interface ProblemSource {
  read(): { readonly problems: readonly string[] };
}

export function tellSettingProblems(settings: ProblemSource): void {
  tell(settings.read().problems);
}

/** Tells a problem when it comes up, not again with every other change. */
export function watchSettingProblems(
  sections: readonly string[],
  settings: ProblemSource,
  changed: () => void = () => undefined,
): vscode.Disposable {
  let known = new Set<string>();
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (!sections.some((section) => event.affectsConfiguration(`llmStream.${section}`))) return;
    const { problems } = settings.read();
    tell(problems.filter((problem) => !known.has(problem)));
    known = new Set(problems);
    changed();
  });
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
