/** The HTML of the trace page: nothing but our own bundle, allowed by a random nonce. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The only folder of this machine that the page may load from. */
export const pageRoot = (extensionUri: vscode.Uri): vscode.Uri =>
  vscode.Uri.joinPath(extensionUri, 'dist', 'webview');

export function pageHtml(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const nonce = randomBytes(24).toString('base64url');
  // The control library tests the browser with an empty style element, for which it looks up this nonce.
  const styleNonce = randomBytes(24).toString('base64url');
  const own = (file: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(pageRoot(extensionUri), file)).toString();
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'nonce-${styleNonce}'`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource}`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta property="csp-nonce" content="${styleNonce}">
  <title>LLM Stream Inspector</title>
  <link rel="stylesheet" href="${own('page.css')}">
</head>
<body>
  <script type="module" nonce="${nonce}" src="${own('page.js')}"></script>
</body>
</html>`;
}
