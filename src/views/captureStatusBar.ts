/** The status bar's item: off a hint that starts a capture, on its figures. */
import * as vscode from 'vscode';
import type { CaptureController, CaptureState } from '../editor/captureController.js';
import { formatTime } from '../model/formatting.js';
import { epochMicroseconds } from '../model/units.js';
import type { CaptureStatus } from '../protocol/captureStatus.js';
import { captureCounts, captureText } from './captureTexts.js';

/** Figures that change faster cannot be read. */
const shortestShownMs = 500;

interface Shown {
  readonly text: string;
  /** Read out instead of the text, which begins with an icon. */
  readonly label: string;
  readonly tooltip: string | vscode.MarkdownString;
  readonly isWarning: boolean;
}

export class CaptureStatusBar implements vscode.Disposable {
  readonly item = vscode.window.createStatusBarItem(
    'llmStream.capture',
    vscode.StatusBarAlignment.Left,
  );
  private readonly listener: vscode.Disposable;
  private kind: CaptureState['state'] | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly captures: Pick<CaptureController, 'state' | 'onDidChange'>) {
    this.item.name = 'LLM Stream Capture';
    this.item.command = 'llmStream.captureActions';
    this.listener = captures.onDidChange(({ state }) => {
      if (state === this.kind) this.timer ??= setTimeout(() => this.show(), shortestShownMs);
      else this.show();
    });
    this.show();
    this.item.show();
  }

  dispose(): void {
    if (this.timer) clearTimeout(this.timer);
    this.listener.dispose();
    this.item.dispose();
  }

  private show(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const { state } = this.captures;
    this.kind = state.state;
    const { text, label, tooltip, isWarning } = shownOf(state);
    this.item.text = text;
    this.item.accessibilityInformation = { label, role: 'button' };
    this.item.tooltip = tooltip;
    this.item.backgroundColor = isWarning
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
  }
}

function shownOf(state: CaptureState): Shown {
  switch (state.state) {
    case 'off':
      return {
        text: '$(record) Capture',
        label: 'Start a capture of LLM streams',
        tooltip: 'Start a capture: see the model calls of an agent on this machine, live',
        isWarning: false,
      };
    case 'starting':
      return {
        text: '$(loading~spin) Capture starts…',
        label: 'The capture of LLM streams starts',
        tooltip: 'The capture starts…',
        isWarning: false,
      };
    case 'on': {
      const text = captureText(state.status);
      const isWarning = state.status.problems.length > 0;
      return {
        text: `$(${isWarning ? 'warning' : 'record'}) ${text}`,
        label: `LLM streams: ${text}`,
        tooltip: tooltipOf(state.status),
        isWarning,
      };
    }
  }
}

function tooltipOf(status: CaptureStatus): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString('', true);
  for (const { message } of status.problems) {
    tooltip.appendMarkdown('$(warning) ').appendText(message).appendMarkdown('\n\n');
  }
  const startedAt = formatTime(epochMicroseconds(status.startedAtMs * 1_000));
  return tooltip
    .appendMarkdown(`**Capturing LLM streams** since ${startedAt}\n\n`)
    .appendText(`${status.url}\n${status.db}\n${captureCounts(status)}`);
}
