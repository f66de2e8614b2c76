/** What the model said, put together from its tokens. */
import { type TokenColumns, TokenKind, textOfKinds } from '../../model/tokens.js';

const visible: ReadonlySet<number> = new Set([TokenKind.text, TokenKind.refusal]);
const tool: ReadonlySet<number> = new Set([TokenKind.toolName, TokenKind.toolArguments]);

/** The visible text; of an answer that is only a tool call, its name and arguments. */
export function responseText(columns: TokenColumns): string {
  return textOfKinds(columns, visible) || textOfKinds(columns, tool);
}
