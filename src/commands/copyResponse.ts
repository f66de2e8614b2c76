import * as vscode from 'vscode';
import { formatCount } from '../model/formatting.js';
import { TokenKind, textOfKinds } from '../model/tokens.js';
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
    const { session, step, call } = selected;
    const tokens = await session.document.tokens(step.key);
    const isWhole = !call.aggregated && call.sampleRate >= 1;
    const text = isWhole ? textOfKinds(tokens, visibleKinds) : '';
    if (text !== '') return copy(text, 'Response copied.');
    const { sections } = await session.document.request('step', { step: step.key });
    const response = sections.find(({ title }) => title === 'Response');
    if (!response || response.text === '') {
      void vscode.window.showInformationMessage('This call has no recorded response text.');
      return;
    }
    const { cutFrom } = response;
    await copy(
      response.text,
      cutFrom === null
        ? 'Response copied.'
        : `The first ${formatCount(response.text.length)} of the response's ${formatCount(cutFrom)} characters copied.`,
    );
  };
}

async function copy(text: string, sentence: string): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(sentence, 3_000);
}
