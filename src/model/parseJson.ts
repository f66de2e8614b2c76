/** JSON of which nobody promises the depth. */

/** Levels; far more than any API has. What goes through a value calls itself for each of them. */
const deepestNesting = 500;

/** The parsed text; undefined when it is no JSON, or nested too deeply to be gone through. */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Told from the brackets outside of strings. */
function isTooDeep(text: string): boolean {
  // The others are too short for so many brackets.
  if (text.length <= 2 * deepestNesting) return false;
  let depth = 0;
  for (let position = 0; position < text.length; position++) {
    const character = text.charCodeAt(position);
    if (character === quote) position = endOfString(text, position);
    else if (character === openBrace || character === openBracket) depth++;
    else if (character === closeBrace || character === closeBracket) depth--;
    if (depth > deepestNesting) return true;
  }
  return false;
}

const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Position of the quote that ends the string which begins at `start`; the text's length when none does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
