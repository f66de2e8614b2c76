import * as vscode from 'vscode';
import type { Maintenance } from '../editor/maintenance.js';
import { withProgress } from '../editor/maintenanceProgress.js';
import {
  cleanUpPlan,
  cleanUpSentence,
  planLine,
  tracesText,
  withNotices,
} from '../editor/maintenanceSentences.js';
import type { Retention } from '../editor/retention.js';
import { isRetentionOn } from '../editor/retentionSettings.js';
import { messageText } from '../editor/shownText.js';
import { formatBytes } from '../model/formatting.js';
import type { RetainResult } from '../protocol/maintenanceMessages.js';
import { isConfirmed } from './chosenTrace.js';

/** "Clean Up Captures…": says what would go, and asks. */
export function cleanUpCaptures(
  retention: Retention,
  maintenance: Maintenance,
  log: vscode.LogOutputChannel,
): () => Promise<void> {
  return async () => {
    if (!isRetentionOn(retention.options)) return tellHowToSwitchOn();
    const plan = await retention.plan((job) =>
      withProgress(maintenance, 'Looking for old captures', job),
    );
    if (plan?.cancelled) return;
    if (!plan || plan.actions.length === 0) {
      const { folder } = retention;
      const sentence = `There is nothing to clean up: no capture in ${folder} is beyond the limits.`;
      const notices = plan?.notices ?? [];
      log.info([sentence, ...notices].join('\n'));
      void vscode.window.showInformationMessage(messageText(withNotices(sentence, notices)));
      return;
    }
    log.info(`"Clean Up Captures" would do:\n${plan.actions.map(planLine).join('\n')}`);
    if (!(await isConfirmed(question(plan), cleanUpPlan(plan), 'Clean Up'))) return;
    const result = await retention.cleanUp((job) =>
      withProgress(maintenance, 'Cleaning up captures', job),
    );
    if (!result) return;
    log.info([cleanUpSentence(result), ...result.notices].join('\n'));
    void vscode.window.showInformationMessage(messageText(cleanUpSentence(result)));
  };
}

function question({ actions }: RetainResult): string {
  const deletions = actions.filter(({ action }) => action === 'delete');
  const freedBytes = deletions.reduce((sum, { bytesBefore }) => sum + bytesBefore, 0);
  const deleted = deletions.length;
  const aggregated = actions.length - deleted;
  const parts = [
    ...(deleted > 0 ? [`delete ${tracesText(deleted)} (${formatBytes(freedBytes)})`] : []),
    ...(aggregated > 0 ? [`aggregate old calls of ${tracesText(aggregated)}`] : []),
  ];
  return `Clean up captures: ${parts.join(', ')}? This cannot be undone.`;
}

async function tellHowToSwitchOn(): Promise<void> {
  const settings = 'Open Settings';
  const chosen = await vscode.window.showInformationMessage(
    'No limits are set for captures. Say in the settings llmStream.retention.* how old or how large they may become.',
    settings,
  );
  if (chosen) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'llmStream.retention');
  }
}
