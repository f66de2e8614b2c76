/** What the tests inside the extension host share. */
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Inspector } from '../../../src/extension.js';
import type { TraceDocument } from '../../../src/editor/traceDocument.js';
import type { PageState } from '../../../src/protocol/pageMessages.js';

export function extension(): vscode.Extension<Inspector> {
  const found = vscode.extensions.getExtension<Inspector>(
    'llm-stream-inspector.llm-stream-inspector',
  );
  if (!found) throw new Error('The extension is not installed in this VS Code.');
  return found;
}

export const inspector = (): Promise<Inspector> => Promise.resolve(extension().activate());

/** A file of the folder that VS Code has open. */
export function workspaceFile(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (!folder) throw new Error('The tests need a workspace folder.');
  return vscode.Uri.joinPath(folder.uri, name);
}

/** A copy of its own for a test that changes the file. */
export async function copyOf(original: vscode.Uri, name: string): Promise<vscode.Uri> {
  const copy = workspaceFile(name);
  await fs.copyFile(original.fsPath, copy.fsPath);
  return copy;
}

/** Replaces a file at once, as careful writers do. */
export async function replaceFile(file: vscode.Uri, bytes: Uint8Array | string): Promise<void> {
  const beside = path.join(path.dirname(file.fsPath), `.${path.basename(file.fsPath)}.new`);
  await fs.writeFile(beside, bytes);
  await fs.rename(beside, file.fsPath);
}

/** Settles with the first state of the document that fulfils the condition. */
export function whenState(
  document: TraceDocument,
  condition: (state: PageState) => boolean,
): Promise<PageState> {
  return new Promise((resolve) => {
    if (condition(document.state)) return resolve(document.state);
    const listener = document.onDidChangeState((state) => {
      if (!condition(state)) return;
      listener.dispose();
      resolve(state);
    });
  });
}

export const settled = (state: PageState): boolean => state.status !== 'loading';

/** Opens the file as a user does and waits until its trace is ready or has failed. */
export async function openTrace(
  uri: vscode.Uri,
  viewType = 'llmStream.trace',
): Promise<TraceDocument> {
  await vscode.commands.executeCommand('vscode.openWith', uri, viewType, { preview: false });
  const document = (await inspector()).documents.find(uri);
  if (!document) throw new Error(`No document was opened for ${uri.fsPath}.`);
  await whenState(document, settled);
  return document;
}

export async function closeAllEditors(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** Answers the next questions of the extension in the user's place. */
export class User {
  private readonly restore: (() => void)[] = [];

  answerInput(answer: (options: vscode.InputBoxOptions) => string | undefined): void {
    this.replace('showInputBox', (options?: vscode.InputBoxOptions) =>
      Promise.resolve(answer(options ?? {})),
    );
  }

  /** Settles with what tells the open input box that it is not needed any more. */
  leaveInputOpen(): Promise<vscode.CancellationToken> {
    return new Promise((resolve) => {
      this.replace('showInputBox', (_: unknown, token: vscode.CancellationToken) => {
        resolve(token);
        return new Promise((given) => token.onCancellationRequested(() => given(undefined)));
      });
    });
  }

  /** Picks the first item whose label holds the text. */
  pick(...labels: string[]): void {
    const wanted = [...labels];
    this.replace('showQuickPick', async (items: Thenable<readonly vscode.QuickPickItem[]>) => {
      const text = wanted.shift();
      const offered = await items;
      if (text === undefined) throw new Error('An unexpected question was asked.');
      return offered.find(({ label }) => label.includes(text));
    });
  }

  chooseFile(uri: vscode.Uri): void {
    this.replace('showOpenDialog', () => Promise.resolve([uri]));
  }

  /** Takes the name that is proposed for a new file; collects the proposals. */
  chooseNewFile(): vscode.Uri[] {
    const proposed: vscode.Uri[] = [];
    this.replace('showSaveDialog', ({ defaultUri }: vscode.SaveDialogOptions) => {
      if (defaultUri) proposed.push(defaultUri);
      return Promise.resolve(defaultUri);
    });
    return proposed;
  }

  /** Cancels what shows its progress, with the first that it says. */
  cancelProgress(): void {
    this.replace('withProgress', ((_, task) => {
      const cancelling = new vscode.CancellationTokenSource();
      const result = task({ report: () => cancelling.cancel() }, cancelling.token);
      return Promise.resolve(result).finally(() => cancelling.dispose());
    }) satisfies typeof vscode.window.withProgress);
  }

  /** Collects what the user is told instead of showing it. */
  readMessages(): string[] {
    const messages: string[] = [];
    const read = (message: string): Promise<undefined> => {
      messages.push(message);
      return Promise.resolve(undefined);
    };
    this.replace('showInformationMessage', read);
    this.replace('showWarningMessage', read);
    this.replace('showErrorMessage', read);
    return messages;
  }

  /** Answers questions with this button; collects what was asked. */
  answerWarning(button: string | undefined): string[] {
    const asked: string[] = [];
    this.replace('showWarningMessage', (message: string) => {
      asked.push(message);
      return Promise.resolve(button);
    });
    return asked;
  }

  /** Settles when the user is shown progress; `done` settles when it goes away. */
  readProgress(): Promise<{ options: vscode.ProgressOptions; done: PromiseLike<unknown> }> {
    return new Promise((resolve) => {
      const original = vscode.window.withProgress.bind(vscode.window);
      this.replace('withProgress', ((options, task) => {
        const done = original(options, task);
        resolve({ options, done });
        return done;
      }) satisfies typeof vscode.window.withProgress);
    });
  }

  leave(): void {
    for (const restore of this.restore.splice(0).reverse()) restore();
  }

  private replace(name: keyof typeof vscode.window, substitute: unknown): void {
    const original: unknown = vscode.window[name];
    Object.defineProperty(vscode.window, name, { value: substitute, configurable: true });
    this.restore.push(() =>
      Object.defineProperty(vscode.window, name, { value: original, configurable: true }),
    );
  }
}
