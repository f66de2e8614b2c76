import type * as vscode from 'vscode';

/** "Show Log" */
export const showLog = (log: vscode.LogOutputChannel) => (): void => log.show();
