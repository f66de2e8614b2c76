import * as vscode from 'vscode';
import { agentEnvironment } from '../capture/agentEnvironment.js';
import { type EnvironmentFormat, environmentText } from '../capture/client/environmentText.js';
import type { CaptureController } from '../editor/captureController.js';
import { runningCapture } from './startCapture.js';

interface FormatItem extends vscode.QuickPickItem {
  readonly format: EnvironmentFormat;
}

const shells: readonly FormatItem[] = [
  { format: 'sh', label: 'sh, bash, zsh', description: 'export NAME=…' },
  { format: 'powershell', label: 'PowerShell', description: '$env:NAME = …' },
  { format: 'cmd', label: 'Command Prompt', description: 'set NAME=…' },
  { format: 'dotenv', label: '.env file', description: 'NAME=…' },
  { format: 'launch.json', label: 'launch.json', description: '"env": { … }' },
];

/** "Copy Capture Environment": for an agent that is started elsewhere. */
export function copyCaptureEnvironment(captures: CaptureController): () => Promise<void> {
  return async () => {
    const picked = await vscode.window.showQuickPick(shells, {
      title: 'Copy Capture Environment',
      placeHolder: 'For which shell or file?',
    });
    if (!picked) return;
    const environment = agentEnvironment(await runningCapture(captures));
    await vscode.env.clipboard.writeText(environmentText(environment, picked.format));
    vscode.window.setStatusBarMessage(
      'Environment of the capture copied. It holds its token.',
      3_000,
    );
  };
}
