import type * as vscode from 'vscode';
import type { CaptureSettings } from '../editor/captureSettings.js';
import type { Keys } from '../editor/keys.js';
import type { Maintenance } from '../editor/maintenance.js';
import type { PageSessions } from '../editor/pageSessions.js';
import type { TraceDocuments } from '../editor/traceDocuments.js';

/** What the commands need that change trace files or make new ones of them. */
export interface MaintenanceServices {
  readonly maintenance: Maintenance;
  readonly documents: TraceDocuments;
  readonly sessions: PageSessions;
  readonly keys: Keys;
  readonly log: vscode.LogOutputChannel;
  /** Of redaction, among others. */
  readonly settings: CaptureSettings;
}
