/** What the model said, put together from its tokens. */
import { type TokenColumns, TokenKind } from '../../model/tokens.js';

const visible: readonly number[] = [TokenKind.text, TokenKind.refusal];
const tool: readonly number[] = [TokenKind.toolName, TokenKind.toolArguments];

/** The visible text; of an answer that is only a tool call, its name and arguments. */
export function responseText(columns: TokenColumns): string {
  return joined(columns, visible) || joined(columns, tool);
}

/** Bytes are joined before they are decoded: a character may be spread over several tokens. */
function joined({ count, kind, text, textEnd }: TokenColumns, kinds: readonly number[]): string {
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let position = 0; position < count; position++) {
    const end = textEnd[position] ?? start;
    const isWanted = kinds.includes(kind[position] ?? -1);
    // Neighbours are one part: of a million tokens, few are.
    const isContinued =
      isWanted && position + 1 < count && kinds.includes(kind[position + 1] ?? -1);
    if (isContinued) continue;
    if (isWanted) parts.push(text.subarray(start, end));
    start = end;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(parts));
}
