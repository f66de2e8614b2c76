/** Which traces are open: one document for a file, however many panels and tree nodes show it. */
import * as vscode from 'vscode';
import type { Disposable } from './disposable.js';
import type { Settings } from './settings.js';
import { type DocumentServices, TraceDocument } from './traceDocument.js';

interface Entry {
  readonly document: TraceDocument;
  readonly disposables: readonly Disposable[];
  holders: number;
}

/** The right to use a document until it is disposed. */
export interface DocumentHold extends Disposable {
  readonly document: TraceDocument;
}

export class TraceDocuments implements Disposable {
  private readonly entries = new Map<string, Entry>();
  private readonly changeEmitter = new vscode.EventEmitter<TraceDocument>();
  /** A document was opened or closed, or its state changed. */
  readonly onDidChange = this.changeEmitter.event;

  constructor(private readonly services: DocumentServices) {}

  /** Opens the trace unless it is open; the last hold that is disposed closes it. */
  hold(uri: vscode.Uri): DocumentHold {
    const name = uri.toString();
    const entry = this.entries.get(name) ?? this.add(name, uri);
    entry.holders++;
    let held = true;
    return {
      document: entry.document,
      dispose: () => {
        if (held && --entry.holders === 0) this.remove(name, entry);
        held = false;
      },
    };
  }

  find(uri: vscode.Uri): TraceDocument | null {
    return this.entries.get(uri.toString())?.document ?? null;
  }

  /** Settles when requests are answered by the new settings. */
  async applySettings({ page }: Settings): Promise<void> {
    const documents = [...this.entries.values()].map(({ document }) => document);
    await Promise.all(documents.map((document) => document.setStallRule(page.stallRule)));
  }

  dispose(): void {
    for (const [name, entry] of [...this.entries]) this.remove(name, entry);
    this.changeEmitter.dispose();
  }

  private add(name: string, uri: vscode.Uri): Entry {
    const document = new TraceDocument(uri, this.services);
    const entry: Entry = {
      document,
      holders: 0,
      disposables: [
        document,
        document.onDidChangeState(() => this.changeEmitter.fire(document)),
        watchFile(uri, () => void document.fileChanged()),
      ],
    };
    this.entries.set(name, entry);
    void document.open();
    return entry;
  }

  private remove(name: string, entry: Entry): void {
    if (this.entries.get(name) !== entry) return;
    this.entries.delete(name);
    for (const disposable of entry.disposables) disposable.dispose();
    this.changeEmitter.fire(entry.document);
  }
}

function watchFile(uri: vscode.Uri, changed: () => void): vscode.Disposable {
  const folder = vscode.Uri.joinPath(uri, '..');
  // A pattern, so that brackets in the name must not be taken for a class of characters.
  const name = uri.path.slice(uri.path.lastIndexOf('/') + 1).replace(/[[\]{},*?]/g, '?');
  const watcher = vscode.workspace.createFileSystemWatcher(
    new vscode.RelativePattern(folder, `${name}{,-wal}`),
  );
  watcher.onDidChange(changed);
  watcher.onDidCreate(changed);
  watcher.onDidDelete(changed);
  return watcher;
}
