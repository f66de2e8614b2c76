/** Says what is wrong with settings of redaction before they are relied on. */
import { type RedactionSettings, longestEntry, mostEntries } from './redactionSettings.js';
import { isSlow } from './patternCost.js';
import { UnsupportedPattern, flagsOf, formsOf } from './patternForms.js';

/** A sentence for each value that cannot be used; empty when all can. */
export function validateRedaction({ keys, patterns }: RedactionSettings): string[] {
  return [
    ...tooMany('keys', keys),
    ...tooMany('patterns', patterns),
    ...keys.flatMap((key) => sentenceOf(`The redaction key ${shown(key)}`, problemOfKey(key))),
    ...patterns.flatMap((pattern) =>
      sentenceOf(`The redaction pattern ${shown(pattern)}`, problemOfPattern(pattern)),
    ),
  ];
}

function tooMany(what: string, entries: readonly string[]): string[] {
  if (entries.length <= mostEntries) return [];
  return [`There can be ${mostEntries} redaction ${what}, and there are ${entries.length}.`];
}

const sentenceOf = (subject: string, problem: string | null): string[] =>
  problem === null ? [] : [`${subject} ${problem}`];

function problemOfKey(key: string): string | null {
  if (key.trim() === '') return 'is empty: name a field.';
  return key.length > longestEntry ? 'is too long for the name of a field.' : null;
}

/** The rest of a sentence about it; null when it can be used. Takes seconds for one that is slow. */
export function problemOfPattern(pattern: string): string | null {
  if (pattern === '') return 'is empty: it would match everything.';
  if (pattern.length > longestEntry) {
    return `has ${pattern.length} characters, and can have ${longestEntry}: make several of it.`;
  }
  try {
    const forms = formsOf({ pattern });
    if (new RegExp(pattern, flagsOf(pattern)).test('')) {
      return 'matches the empty text, so there is no telling what is secret: let it match at least one character.';
    }
    // That the derived form is an expression too is a matter of its length.
    new RegExp(forms.begun ?? '', forms.flags);
    return isSlow(pattern, forms)
      ? 'takes too long for some texts, and would hold up the agent: avoid repetitions inside repetitions, like (a+)+.'
      : null;
  } catch (thrown) {
    return thrown instanceof UnsupportedPattern
      ? `holds a back reference (${thrown.message}), which cannot be found in text that comes in pieces: write the pattern without it.`
      : `is no regular expression of JavaScript (${reasonOf(thrown)}).`;
  }
}

/** Without the pattern, which the engine's message repeats. */
function reasonOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.slice(message.lastIndexOf(': ') + 1).trim();
}

const shown = (text: string): string =>
  JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
