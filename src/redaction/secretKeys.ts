/** Names of fields whose values are secret: in JSON, in queries, and in texts that quote such fields. */
import type { SecretRule } from './secretFinder.js';

export class SecretKeys {
  private readonly endings: readonly string[];
  private readonly exact: ReadonlySet<string>;

  /**
   * `builtIn` also name what ends with them ("OPENAI_API_KEY"), the user's `own` only themselves. Case, "-" and
   * "_" make no difference.
   */
  constructor(
    private readonly builtIn: readonly string[],
    private readonly own: readonly string[],
  ) {
    this.endings = builtIn.map(normalised);
    this.exact = new Set(own.map(normalised));
  }

  has(name: string): boolean {
    const key = normalised(name);
    return this.exact.has(key) || this.endings.some((ending) => key.endsWith(ending));
  }

  /** For texts: quoted values of such fields, as in JSON that is no body or comes in pieces, and queries of URLs. */
  rules(): SecretRule[] {
    const names = [
      ...(this.builtIn.length > 0 ? [`(?<![A-Za-z0-9])${anyOf(this.builtIn)}`] : []),
      ...(this.own.length > 0 ? [`(?<![A-Za-z0-9_-])${anyOf(this.own)}`] : []),
    ];
    if (names.length === 0) return [];
    const name = `(?:${names.join('|')})`;
    const gap = '\\s{0,4}[:=]\\s{0,4}';
    return [
      { before: `${name}["']?${gap}"`, pattern: '(?:[^"\\\\\\r\\n]|\\\\[^\\r\\n])+' },
      { before: `${name}["']?${gap}'`, pattern: "(?:[^'\\\\\\r\\n]|\\\\[^\\r\\n])+" },
      // JSON in a text of JSON
      { before: `${name}\\\\"${gap}\\\\"`, pattern: '(?:[^"\\\\\\r\\n]|\\\\[^"\\r\\n])+' },
      { before: `[?&]${name}=`, pattern: `[^&#\\s"'<>\\\\]+` },
    ];
  }
}

const normalised = (name: string): string => name.toLowerCase().replaceAll(/[-_\s]/g, '');

const anyOf = (names: readonly string[]): string => `(?:${names.map(inAnyCase).join('|')})`;

/** "api_key" as "API-Key" and "apiKey" too. */
function inAnyCase(name: string): string {
  const letters = Array.from(name, (letter) => {
    if (/[-_\s]/.test(letter)) return '[-_]?';
    if (/[a-z]/i.test(letter)) return `[${letter.toLowerCase()}${letter.toUpperCase()}]`;
    return letter.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
  });
  return letters.join('');
}
