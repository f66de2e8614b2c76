import * as vscode from 'vscode';
import { asNode, traceOf } from '../views/traceNodes.js';

/** "Copy Path" */
export async function copyTracePath(node: unknown): Promise<void> {
  const { uri } = traceOf(asNode(node));
  await vscode.env.clipboard.writeText(uri.scheme === 'file' ? uri.fsPath : uri.toString(true));
}
