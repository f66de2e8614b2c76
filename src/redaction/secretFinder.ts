/** Finds where the secrets of a text are, and where one may begin of which the rest has not come yet. */
import { type PatternForms, formsOf } from './patternForms.js';

export interface SecretRule {
  /**
   * What stands before the secret and is no part of it ("sk-"): a regular expression that ends with a character.
   * Nothing is withheld before it has come as a whole.
   */
  readonly before?: string;
  /** The secret: a regular expression without flags. */
  readonly pattern: string;
  /** False for a match that is none after all: digits that do not add up. */
  readonly isSecret?: (match: string) => boolean;
}

/** A secret from `start` (inclusive) to `end` (exclusive), in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Judgement {
  /** The secrets; those behind `hold` may turn out to be longer. */
  readonly spans: readonly Span[];
  /** Where the part of the text begins that can only be judged when more has come; the text's length if there is none. */
  readonly hold: number;
}

interface CompiledRule {
  readonly expression: RegExp;
  /** How many characters of a match are not of the secret. */
  readonly lead: number;
  readonly isSecret: (match: string) => boolean;
}

/** Characters. In longer texts, one search for each pattern is faster: each looks for its own first letters. */
const shortText = 256;

export class SecretFinder {
  private readonly rules: readonly CompiledRule[];
  /** All patterns at once: tokens without any secret, which are nearly all, cost one search. */
  private readonly any: readonly RegExp[];
  private readonly begun: readonly RegExp[];

  constructor(rules: readonly SecretRule[]) {
    const forms = rules.map(formsOf);
    this.rules = rules.map(({ before, isSecret = () => true }, position) => ({
      expression: new RegExp(forms[position]?.whole ?? '', `g${forms[position]?.flags ?? ''}`),
      ...{ lead: before === undefined ? 0 : 1, isSecret },
    }));
    this.any = together(forms, ({ whole }) => whole);
    this.begun = together(forms, ({ begun }) => begun);
  }

  /** The secrets at or behind `from`, in order, without overlap. What is before `from` counts as context only. */
  spans(text: string, from: number): readonly Span[] {
    const isShort = text.length - from < shortText;
    if (isShort && !this.any.some((any) => isFound(any, text, Math.max(0, from - 1)))) return [];
    return joined(this.rules.flatMap((rule) => matches(rule, text, from)));
  }

  /** What can be said of a text of which more may come. */
  judge(text: string, from: number): Judgement {
    const begun = this.begunAt(text, from);
    // Nothing can be said yet. Some patterns take long to search a text that holds only beginnings of them.
    if (begun === from) return { spans: [], hold: from };
    const spans = this.spans(text, from);
    let hold = begun;
    // What begins inside a secret is judged together with it.
    for (const span of spans.toReversed()) {
      if (span.start < hold && hold < span.end) hold = span.start;
    }
    return { spans, hold };
  }

  /** Where the first match may begin that goes on behind the text's end; the text's length if there is none. */
  begunAt(text: string, from: number): number {
    let start = text.length;
    for (const expression of this.begun) {
      // `test` first: it is faster, and nearly always there is nothing.
      if (!isFound(expression, text, from)) continue;
      expression.lastIndex = from;
      start = Math.min(start, expression.exec(text)?.index ?? start);
    }
    return start;
  }
}

function isFound(expression: RegExp, text: string, from: number): boolean {
  expression.lastIndex = from;
  return expression.test(text);
}

function matches({ expression, lead, isSecret }: CompiledRule, text: string, from: number): Span[] {
  const spans: Span[] = [];
  expression.lastIndex = Math.max(0, from - lead);
  for (let match = expression.exec(text); match; match = expression.exec(text)) {
    const start = match.index + lead;
    const end = match.index + match[0].length;
    if (end === match.index) expression.lastIndex++;
    else if (isSecret(match[0])) spans.push({ start, end });
  }
  return spans;
}

function joined(spans: readonly Span[]): readonly Span[] {
  const result: { start: number; end: number }[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}

/** One expression for all patterns with the same flags. */
function together(
  forms: readonly PatternForms[],
  form: (forms: PatternForms) => string | null,
): readonly RegExp[] {
  const byFlags = new Map<string, string[]>();
  for (const pattern of forms) {
    const source = form(pattern);
    if (source !== null)
      byFlags.set(pattern.flags, [...(byFlags.get(pattern.flags) ?? []), source]);
  }
  return [...byFlags].map(([flags, sources]) => new RegExp(sources.join('|'), `g${flags}`));
}
