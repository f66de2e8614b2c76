/** The custom editor: read-only, one document for all panels of a file. */
import type * as vscode from 'vscode';
import { showOpeningProgress } from './openingProgress.js';
import { PageSession, type SessionServices } from './pageSession.js';
import type { PageSessions } from './pageSessions.js';
import type { DocumentHold, TraceDocuments } from './traceDocuments.js';

interface EditorDocument extends vscode.CustomDocument {
  readonly hold: DocumentHold;
}

export interface EditorServices extends SessionServices {
  readonly documents: TraceDocuments;
  readonly sessions: PageSessions;
  /** Called with every trace that is opened in an editor. */
  readonly opened: (uri: vscode.Uri) => void;
}

export class TraceEditorProvider implements vscode.CustomReadonlyEditorProvider<EditorDocument> {
  constructor(private readonly services: EditorServices) {}

  /** Never fails: a trace that cannot be opened is shown with the reason and what to do. */
  openCustomDocument(uri: vscode.Uri): EditorDocument {
    const hold = this.services.documents.hold(uri);
    const progress = showOpeningProgress(hold.document);
    this.services.opened(uri);
    void hold.document.whenOpened.then(() => {
      if (hold.document.needsKey) this.services.perform('enterKey', hold.document);
    });
    return {
      uri,
      hold,
      dispose: () => {
        progress.dispose();
        hold.dispose();
      },
    };
  }

  resolveCustomEditor({ hold }: EditorDocument, panel: vscode.WebviewPanel): void {
    this.services.sessions.add(new PageSession(hold.document, panel, this.services));
  }
}
