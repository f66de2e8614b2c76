import * as vscode from 'vscode';
import type { Maintenance, MaintenanceJob } from './maintenance.js';
import { labelText, messageText } from './shownText.js';

/** Runs the job with a notification that shows how far it is, and can cancel it. */
export async function withProgress<T>(
  maintenance: Maintenance,
  title: string,
  job: MaintenanceJob<T>,
): Promise<T> {
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress(
    { location, title: messageText(title), cancellable: true },
    (progress, token) => {
      const cancelling = new AbortController();
      token.onCancellationRequested(() => cancelling.abort());
      let reported = 0;
      return maintenance.run(job, {
        signal: cancelling.signal,
        progressed: ({ done, total, what }) => {
          const percent = total > 0 ? Math.min((100 * done) / total, 100) : 0;
          const message = messageText(labelText(what));
          progress.report({ message, increment: Math.max(percent - reported, 0) });
          reported = Math.max(percent, reported);
        },
      });
    },
  );
}
