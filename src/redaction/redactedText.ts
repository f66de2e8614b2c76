/** Secrets of a text that is there as a whole. */
import type { SecretFinder, Span } from './secretFinder.js';

export const redacted = '[redacted]';

/** Of a secret that is spread over several tokens, each further one: without a text it would not count as a token. */
export const furtherRedacted = '•';

/** At the end of a text that was cut off, a beginning of a secret of this many characters is taken for one. */
const leastBeginning = 6;

export function redactedText(finder: SecretFinder, text: string, isCut: boolean): string {
  const spans = isCut ? spansOfCut(finder, text, 0) : finder.spans(text, 0);
  if (spans.length === 0) return text;
  const parts: string[] = [];
  let position = 0;
  for (const { start, end } of spans) {
    parts.push(text.slice(position, start), redacted);
    position = end;
  }
  parts.push(text.slice(position));
  return parts.join('');
}

/** With a beginning of a secret at the end, if it is long enough to give something away. */
export function spansOfCut(finder: SecretFinder, text: string, from: number): readonly Span[] {
  const { spans, hold: start } = finder.judge(text, from);
  if (text.length - start < leastBeginning) return finder.spans(text, from);
  return [...spans.filter(({ end }) => end <= start), { start, end: text.length }];
}
