/**
 * A pattern in the two forms that are searched for in a text which comes in pieces: the pattern itself, and an
 * expression that matches, up to the text's end, whatever more text could make a match of the pattern. The second
 * is derived from the pattern's syntax tree: of `ab+c` it is `a(?:$|(?:b{1,}$|b+(?:c$)))`.
 */
import { type AST, RegExpParser } from '@eslint-community/regexpp';
import type { SecretRule } from './secretFinder.js';

export interface PatternForms {
  /** "u" for patterns that need it, else none. */
  readonly flags: '' | 'u';
  /** Without capturing groups, so that several patterns can become one; with the last character of `before`. */
  readonly whole: string;
  /** Null when no text can be the beginning of a match. */
  readonly begun: string | null;
}

/** A back reference: what it stands for is not known before its group has come as a whole. */
export class UnsupportedPattern extends Error {}

const end = '$';

/** @throws SyntaxError for what is no regular expression, {@link UnsupportedPattern} */
export function formsOf({ before, pattern }: SecretRule): PatternForms {
  const flags = flagsOf(pattern);
  const looksBack = before === undefined ? '' : `(?<=${before})`;
  const begun = begunOfAny(treeOf(looksBack + group(pattern)).alternatives);
  const whole = group(wholeOfAny(treeOf(pattern).alternatives));
  return {
    // Begins with one certain character: the search for it is much faster than looking back everywhere.
    ...{ flags, whole: before === undefined ? whole : lastOf(before) + looksBack + whole },
    begun: begun && group(begun),
  };
}

function lastOf(before: string): string {
  const last = treeOf(before).alternatives.at(-1)?.elements.at(-1);
  if (last?.type !== 'Character') throw new UnsupportedPattern(before);
  return last.raw;
}

export function treeOf(pattern: string): AST.Pattern {
  const unicode = flagsOf(pattern) === 'u';
  return new RegExpParser().parsePattern(pattern, 0, pattern.length, { unicode });
}

/** Without the flag, `\p{L}` would silently stand for the letter p. */
export const flagsOf = (pattern: string): '' | 'u' => (/\\[pP]\{|\\u\{/.test(pattern) ? 'u' : '');

const group = (source: string): string => `(?:${source})`;

const wholeOfAny = (alternatives: readonly AST.Alternative[]): string =>
  alternatives.map(({ elements }) => elements.map(wholeOf).join('')).join('|');

function wholeOf(element: AST.Element): string {
  switch (element.type) {
    case 'Backreference':
      throw new UnsupportedPattern(element.raw);
    case 'CapturingGroup':
    case 'Group':
      return `${groupStart(element)}${wholeOfAny(element.alternatives)})`;
    case 'Quantifier':
      return `${wholeOf(element.element)}${element.raw.slice(element.element.raw.length)}`;
    case 'Assertion':
      return element.kind === 'lookahead' || element.kind === 'lookbehind'
        ? `${lookaroundStart(element)}${wholeOfAny(element.alternatives)})`
        : element.raw;
    default:
      return element.raw;
  }
}

const groupStart = (element: AST.Group | AST.CapturingGroup): string =>
  element.type === 'Group' && element.modifiers ? `(?${element.modifiers.raw}:` : '(?:';

const lookaroundStart = ({ kind, negate }: AST.LookaroundAssertion): string =>
  `(?${kind === 'lookbehind' ? '<' : ''}${negate ? '!' : '='}`;

function begunOfAny(alternatives: readonly AST.Alternative[]): string | null {
  return either(...alternatives.map(({ elements }) => begunOfAll(elements)));
}

/** The text ends in one of the elements, and those before it have matched as a whole. */
function begunOfAll(elements: readonly AST.Element[]): string | null {
  let rest: string | null = null;
  // What looks back from behind an element can be judged as soon as the element has come.
  let looksBack = '';
  for (const element of elements.toReversed()) {
    if (element.type === 'Assertion' && element.kind === 'lookbehind') {
      looksBack = wholeOf(element) + looksBack;
    } else if (isOneCharacter(element)) {
      // Written so that it begins with the character: the search for it is much faster.
      rest = element.raw + looksBack + (rest === null ? end : group(`${end}|${rest}`));
      looksBack = '';
    } else {
      const whole = rest === null ? null : wholeOf(element) + looksBack + group(rest);
      rest = either(begunOf(element), whole);
      looksBack = '';
    }
  }
  return rest === null ? null : looksBack + group(rest);
}

function begunOf(element: AST.Element): string | null {
  switch (element.type) {
    case 'Quantifier':
      return begunOfRepeated(element);
    case 'CapturingGroup':
    case 'Group': {
      const begun = begunOfAny(element.alternatives);
      return begun && `${groupStart(element)}${begun})`;
    }
    case 'Assertion':
      // What a look ahead wants to see, or not to see, may be about to come.
      return element.kind === 'lookahead' ? begunOfAny(element.alternatives) : null;
    default:
      return `${wholeOf(element)}${end}`;
  }
}

function begunOfRepeated({ element, max }: AST.Quantifier): string | null {
  if (max === 0) return null;
  const most = max === Infinity ? '' : String(max);
  if (isOneCharacter(element)) return `${element.raw}${max === 1 ? '' : `{1,${most}}`}${end}`;
  const begun = begunOf(element);
  if (begun === null || max === 1) return begun;
  const before = max === Infinity ? '*' : `{0,${max - 1}}`;
  return `${group(wholeOf(element))}${before}${group(begun)}`;
}

function isOneCharacter(
  element: AST.Element,
): element is AST.Character | AST.CharacterSet | AST.CharacterClass {
  return ['Character', 'CharacterSet', 'CharacterClass'].includes(element.type);
}

function either(...sources: readonly (string | null)[]): string | null {
  const possible = sources.filter((source) => source !== null);
  return possible.length < 2 ? (possible[0] ?? null) : group(possible.join('|'));
}
