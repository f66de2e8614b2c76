import * as vscode from 'vscode';
import { type TokenColumns, TokenKind, tokenText } from '../model/tokens.js';
import type { StepDetail } from '../model/trace.js';
import type { PageSessions } from '../editor/pageSessions.js';
import { selectedCall } from './selectedCall.js';

/** What a person who used the agent saw of the response. */
const visibleKinds: ReadonlySet<number> = new Set([
  TokenKind.text,
  TokenKind.refusal,
  TokenKind.audioTranscript,
]);

/** "Copy Response": the text of the tokens, or the recorded response of a call without any. */
export function copyResponse(sessions: PageSessions): () => Promise<void> {
  return async () => {
    const selected = await selectedCall(sessions);
    if (!selected) return;
    const { document } = selected.session;
    const tokens = await document.request('tokens', { call: selected.step.key });
    const isWhole = !selected.call.aggregated && selected.call.sampleRate >= 1;
    const text = isWhole ? visibleText(tokens) : '';
    const response =
      text === ''
        ? recordedResponse(await document.request('step', { step: selected.step.key }))
        : text;
    if (response === null) {
      void vscode.window.showInformationMessage('This call has no recorded response text.');
      return;
    }
    await vscode.env.clipboard.writeText(response);
    vscode.window.setStatusBarMessage('Response copied.', 3_000);
  };
}

function visibleText(tokens: TokenColumns): string {
  const pieces: string[] = [];
  for (let position = 0; position < tokens.count; position++) {
    if (visibleKinds.has(tokens.kind[position] ?? -1)) pieces.push(tokenText(tokens, position));
  }
  return pieces.join('');
}

function recordedResponse({ sections }: StepDetail): string | null {
  const text = sections.find(({ title }) => title === 'Response')?.text ?? '';
  return text === '' ? null : text;
}
