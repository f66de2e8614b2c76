/** Texts of a step as the page shows them: bounded, and told apart as JSON or plain text. */
import type { StepSection } from '../model/trace.js';

/** What a page shows at once without becoming slow. */
const longestSection = 1_000_000;

/** `wholeLength` in characters, when `text` is already only the beginning of it. */
export function stepSection(
  title: StepSection['title'],
  text: string,
  wholeLength = text.length,
): StepSection {
  const isCut = wholeLength > text.length || text.length > longestSection;
  if (!isCut) return { title, format: isJson(text) ? 'json' : 'text', text, cutFrom: null };
  const shown = text.slice(0, longestSection).replace(/[\uD800-\uDBFF]$/, '');
  return { title, format: 'text', text: shown, cutFrom: Math.max(wholeLength, text.length) };
}

/** A JSON value as a section's text: strings as they are, the rest laid out to be read. */
export function valueSection(title: StepSection['title'], value: unknown): StepSection {
  return stepSection(title, typeof value === 'string' ? value : laidOut(value));
}

function laidOut(value: unknown): string {
  try {
    return JSON.stringify(value, null, 2) ?? '';
  } catch {
    // Nested more deeply than the stack.
    return '';
  }
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
