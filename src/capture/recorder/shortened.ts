import type { Redaction } from '../../redaction/redaction.js';

/** Without secrets, and without the beginning of one where the text is cut. */
export const shortened = (redaction: Redaction, text: string, longest: number): string =>
  redaction.text(text.slice(0, longest), text.length > longest);
