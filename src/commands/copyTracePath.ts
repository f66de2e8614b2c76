import * as vscode from 'vscode';
import { type Node, traceOf } from '../views/traceNodes.js';

/** "Copy Path" */
export async function copyTracePath(node: Node): Promise<void> {
  const { uri } = traceOf(node);
  await vscode.env.clipboard.writeText(uri.scheme === 'file' ? uri.fsPath : uri.toString(true));
}
