import * as vscode from 'vscode';
import { toTraceError } from '../protocol/errors.js';
import type { Maintenance } from './maintenance.js';
import { cleanUpSentence } from './maintenanceSentences.js';
import type { Retention } from './retention.js';
import { RetentionSchedule } from './retentionSchedule.js';
import { type RetentionSettings, isRetentionOn } from './retentionSettings.js';
import { watchSettingProblems } from './settingProblems.js';

/** Cleans up captures while the window is open: quiet unless something is gone. */
export function scheduleRetention(
  retention: Retention,
  maintenance: Maintenance,
  settings: RetentionSettings,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const closing = new AbortController();
  const watch = { signal: closing.signal, progressed: () => undefined };
  const cleanUp = async (): Promise<void> => {
    try {
      const result = await retention.cleanUpIfDue((job) => maintenance.run(job, watch));
      if (!result) return;
      for (const notice of result.notices) log.debug(`${retention.folder}: ${notice}`);
      if (result.actions.length === 0) return;
      const sentence = cleanUpSentence(result);
      log.info(`${retention.folder}: ${sentence}`);
      vscode.window.setStatusBarMessage(sentence, 10_000);
    } catch (thrown) {
      const { code, message, detail } = toTraceError(thrown);
      // Another window does it, or this one is being closed.
      if (code === 'busy' || code === 'cancelled') log.debug(message);
      else log.warn(`Captures were not cleaned up: ${message}\n${detail ?? ''}`);
    }
  };
  const schedule = new RetentionSchedule(cleanUp, () => isRetentionOn(settings.read().options));
  return vscode.Disposable.from(
    schedule,
    { dispose: () => closing.abort() },
    watchSettingProblems(['retention', 'capture.folder'], settings, () =>
      schedule.settingsChanged(),
    ),
  );
}
