import * as vscode from 'vscode';
import { formatTokens } from '../model/formatting.js';
import { type TokenColumns, startsOfParts } from '../model/tokens.js';
import type { PageSessions } from '../editor/pageSessions.js';
import { findText, positionOfIndex } from './findToken.js';
import { selectedCall } from './selectedCall.js';

/** "Go to Token…": by its index, or to the next one in which a text begins. */
export function goToToken(sessions: PageSessions): () => Promise<void> {
  return async () => {
    const selected = await selectedCall(sessions);
    if (!selected) return;
    const { session, run, step, token } = selected;
    const tokens = await session.document.tokens(step.key);
    if (tokens.count === 0) {
      void vscode.window.showInformationMessage('The trace holds no tokens of this call.');
      return;
    }
    const input = await vscode.window.showInputBox({
      title: 'Go to Token',
      prompt: rangeSentence(tokens),
      placeHolder: 'Index, or text to find',
      validateInput: (value) => (value === '' ? null : problemOf(tokens, value, token)),
    });
    if (!input) return;
    const position = positionOf(tokens, input, token);
    if (position !== null) session.reveal({ run, step: step.key, token: position, play: false });
  };
}

function positionOf(tokens: TokenColumns, input: string, current: number): number | null {
  return /^\d+$/.test(input)
    ? positionOfIndex(tokens, Number(input))
    : findText(tokens, input, current + 1);
}

function problemOf(tokens: TokenColumns, input: string, current: number): string | null {
  if (positionOf(tokens, input, current) !== null) return null;
  const isWhole = startsOfParts(tokens).length === 1;
  if (!/^\d+$/.test(input)) {
    return `This text is not in the ${isWhole ? 'response' : 'tokens that are kept'}.`;
  }
  const isMissing = Number(input) < (tokens.index[tokens.count - 1] ?? 0) && !isWhole;
  const problem = isMissing ? `Token ${input} is not kept.` : `There is no token ${input}.`;
  return `${problem} ${rangeSentence(tokens)}`;
}

function rangeSentence(tokens: TokenColumns): string {
  const first = tokens.index[0] ?? 0;
  const last = tokens.index[tokens.count - 1] ?? 0;
  return `${formatTokens(tokens.count)}, index ${first} to ${last}. Text is searched from the current token on.`;
}
