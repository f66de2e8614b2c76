/** Which trace a command is about that changes files or makes new ones of them. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { askForKey } from '../editor/keyPrompt.js';
import type { Keys } from '../editor/keys.js';
import type { PageSessions } from '../editor/pageSessions.js';
import { labelText } from '../editor/shownText.js';
import type { TraceDocuments } from '../editor/traceDocuments.js';
import { TraceError } from '../protocol/errors.js';
import { asNode, traceOf } from '../views/traceNodes.js';
import { chooseTraceFile } from './openTrace.js';

/**
 * What was clicked (in the Explorer, a title, the tree), else the trace on the active page, else one that is asked for.
 * Null when the user thought better of it.
 * @throws TraceError for a trace that is no file of this machine.
 */
export async function chosenTrace(
  clicked: unknown,
  sessions: PageSessions,
): Promise<vscode.Uri | null> {
  const uri = clickedTrace(clicked) ?? sessions.active?.document.uri ?? (await chooseTraceFile());
  if (uri && uri.scheme !== 'file') {
    const name = labelText(path.posix.basename(uri.path));
    throw new TraceError(
      'invalid',
      `${name} is in a virtual file system. Save a copy on this machine, and use that.`,
    );
  }
  return uri;
}

function clickedTrace(clicked: unknown): vscode.Uri | null {
  if (clicked === undefined || clicked === null) return null;
  return clicked instanceof vscode.Uri ? clicked : traceOf(asNode(clicked)).uri;
}

/**
 * The key of an encrypted trace for the command line; `{}` for one that needs none. Null when the user has no key.
 */
export async function keyEnvironment(
  uri: vscode.Uri,
  documents: TraceDocuments,
  keys: Keys,
): Promise<Record<string, string> | null> {
  // Native traces are never encrypted, and large ones take long to open.
  if (/\.llmtrace$/i.test(uri.path)) return {};
  const hold = documents.hold(uri);
  try {
    const { document } = hold;
    await document.whenOpened;
    if (document.needsKey) await askForKey(document);
    if (document.needsKey) return null;
    const key = await keys.of(uri);
    return key === null ? {} : { LLM_STREAM_KEY: key };
  } finally {
    hold.dispose();
  }
}

export interface NewFile {
  readonly uri: vscode.Uri;
  /** The dialog has asked. */
  readonly mayReplace: boolean;
}

/** Asks where the new file shall be; proposes a name beside the trace that is not taken. */
export async function askForNewFile(
  trace: vscode.Uri,
  { title, nameEnd }: { readonly title: string; readonly nameEnd: string },
): Promise<NewFile | null> {
  const { dir, name } = path.parse(trace.fsPath);
  const chosen = await vscode.window.showSaveDialog({
    title,
    defaultUri: await unused(path.join(dir, name + nameEnd)),
    filters: { 'LLM traces': ['llmtrace'] },
  });
  if (!chosen) return null;
  if (/\.llmtrace$/i.test(chosen.path)) return { uri: chosen, mayReplace: await exists(chosen) };
  return { uri: chosen.with({ path: `${chosen.path}.llmtrace` }), mayReplace: false };
}

async function unused(start: string): Promise<vscode.Uri> {
  for (let number = 1; ; number++) {
    const uri = vscode.Uri.file(`${start}${number === 1 ? '' : `-${number}`}.llmtrace`);
    if (!(await exists(uri))) return uri;
  }
}

const exists = (uri: vscode.Uri): Promise<boolean> =>
  Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    () => true,
    () => false,
  );

/** A question before something is done that cannot be undone. */
export async function isConfirmed(
  question: string,
  detail: string,
  button: string,
): Promise<boolean> {
  const options = { modal: true, detail };
  return (await vscode.window.showWarningMessage(question, options, button)) === button;
}
