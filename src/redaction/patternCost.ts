/**
 * Tells whether an expression takes forever for some text: (a+)+ tries every way to divide a run of the letter. The
 * expression is tried, with a limit of time, against texts that are made from its own syntax to be as bad as can be.
 */
import { runInNewContext } from 'node:vm';
import type { AST } from '@eslint-community/regexpp';
import { visitRegExpAST } from '@eslint-community/regexpp';
import { type PatternForms, treeOf } from './patternForms.js';

/** Of computing, for all texts of a pattern: good ones need a hundredth of it. */
const limitMs = 200;
/** A busy machine must not make a good pattern bad. */
const mostAttempts = 10;
const textLength = 1_024;
/** Which of a group's alternatives a text is made of. */
const variants = [0, 1, 2, 3];

/** True for a pattern that must not be used, in either of its forms. */
export function isSlow(pattern: string, { whole, begun, flags }: PatternForms): boolean {
  const sources = begun === null ? [whole] : [whole, begun];
  const texts = hardTexts(pattern);
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const before = process.cpuUsage();
    if (isTriedInTime({ sources, flags, texts })) return false;
    const { user, system } = process.cpuUsage(before);
    if (user + system > limitMs * 1_000) return true;
  }
  return true;
}

function isTriedInTime(given: {
  readonly sources: readonly string[];
  readonly flags: string;
  readonly texts: readonly string[];
}): boolean {
  try {
    runInNewContext(
      `for (const source of sources) {
         const expression = new RegExp(source, flags);
         for (const text of texts) expression.test(text);
       }`,
      { ...given },
      { timeout: 1.5 * limitMs },
    );
    return true;
  } catch {
    return false;
  }
}

/** Each repetition once, as long as can be, and then something that does not fit. */
function hardTexts(pattern: string): readonly string[] {
  const tree = treeOf(pattern);
  const repeated: AST.Quantifier[] = [];
  visitRegExpAST(tree, {
    onQuantifierEnter: (quantifier) => {
      if (quantifier.max > 8) repeated.push(quantifier);
    },
  });
  return repeated.flatMap((target) =>
    variants.flatMap((variant) => {
      const text = new Example(target, variant).ofAny(tree.alternatives);
      return [text, `${text}\n\u0000`];
    }),
  );
}

/** A text that the pattern matches up to its `target`, which is repeated to the end. */
class Example {
  private isOver = false;

  constructor(
    private readonly target: AST.Quantifier,
    private readonly variant: number,
  ) {}

  ofAny(alternatives: readonly AST.Alternative[]): string {
    const chosen =
      alternatives.find((alternative) => this.isIn(alternative)) ??
      alternatives[this.variant % alternatives.length];
    return (chosen?.elements ?? []).map((element) => this.of(element)).join('');
  }

  private of(element: AST.Element): string {
    if (this.isOver) return '';
    switch (element.type) {
      case 'Group':
      case 'CapturingGroup':
        return this.ofAny(element.alternatives);
      case 'Assertion':
        return element.kind === 'lookahead' || element.kind === 'lookbehind'
          ? this.ofLookaround(element)
          : '';
      case 'Quantifier':
        return this.ofRepeated(element);
      case 'Backreference':
        return '';
      default:
        return characterOf(element);
    }
  }

  /** What is looked back at must be there; what is looked ahead at is made by the elements that follow. */
  private ofLookaround(element: AST.LookaroundAssertion): string {
    if (element.negate) return '';
    return element.kind === 'lookbehind' || this.isIn(element)
      ? this.ofAny(element.alternatives)
      : '';
  }

  private ofRepeated(quantifier: AST.Quantifier): string {
    if (quantifier !== this.target) {
      const isNeeded = quantifier.min > 0 || this.isIn(quantifier);
      const once = isNeeded ? this.of(quantifier.element) : '';
      return this.isOver ? once : once.repeat(Math.min(Math.max(quantifier.min, 1), textLength));
    }
    const once = this.of(quantifier.element);
    this.isOver = true;
    return once === '' ? '' : once.repeat(Math.ceil(textLength / once.length));
  }

  private isIn({ start, end }: AST.Node): boolean {
    return start <= this.target.start && this.target.end <= end;
  }
}

const candidates = Array.from(
  'aA0_- \n./=+:@,;!"\'#$%&()*<>?[\\]^`{|}~\r\tzZ9éßЖ中\u0000\u{1f600}',
);

function characterOf(element: AST.Element): string {
  if (element.type === 'Character') return String.fromCodePoint(element.value);
  const expression = new RegExp(`^${element.raw}$`, /\\[pP]\{|\\u\{/.test(element.raw) ? 'u' : '');
  return candidates.find((candidate) => expression.test(candidate)) ?? '';
}
