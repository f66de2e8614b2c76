/** Secrets in JSON: values of secret keys at any depth, and patterns in every text. */
import { redacted } from './redactedText.js';
import type { SecretKeys } from './secretKeys.js';

export class RedactedValues {
  constructor(
    private readonly keys: SecretKeys,
    private readonly text: (text: string, isCut?: boolean) => string,
  ) {}

  ofJson(body: string, parsed: unknown, isCut: boolean): string {
    if (parsed === undefined) return this.text(body, isCut);
    try {
      const value = this.of(parsed);
      return value === parsed ? body : JSON.stringify(value);
    } catch {
      // Nested too deeply to be looked through value by value.
      return this.text(body, isCut);
    }
  }

  /** @throws RangeError for what is nested too deeply. */
  of(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.ofNumber(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return changed(value, (item) => this.of(item));
    return this.ofObject(value as Readonly<Record<string, unknown>>);
  }

  private ofObject(object: Readonly<Record<string, unknown>>): unknown {
    let isChanged = false;
    const members = Object.entries(object).map(([name, member]) => {
      const newName = this.text(name);
      const newMember = this.keys.has(name) ? this.secret(member) : this.of(member);
      if (newName !== name || newMember !== member) isChanged = true;
      return [newName, newMember] as const;
    });
    return isChanged ? Object.fromEntries(members) : object;
  }

  /** Card numbers come as numbers too. */
  private ofNumber(value: number): unknown {
    if (!Number.isInteger(value) || Math.abs(value) < 1e12) return value;
    const text = String(value);
    return this.text(text) === text ? value : redacted;
  }

  /** The value of a secret key. That it is there may be seen, and whether it is empty. */
  private secret(value: unknown): unknown {
    if (typeof value === 'string') return value === '' ? value : redacted;
    if (typeof value === 'number') return redacted;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return changed(value, (item) => this.secret(item));
    return isSchema(value) ? this.of(value) : redacted;
  }
}

function changed(list: readonly unknown[], change: (item: unknown) => unknown): unknown {
  const items = list.map(change);
  return items.some((item, position) => item !== list[position]) ? items : list;
}

const schemaTypes = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];

/** A tool's parameter that is called "password" is described by a schema, which is no password. */
function isSchema(value: object): boolean {
  const { type, $ref, anyOf } = value as Readonly<Record<string, unknown>>;
  const types = Array.isArray(type) ? (type as unknown[]) : [type];
  return (
    types.some((name) => schemaTypes.includes(String(name))) ||
    typeof $ref === 'string' ||
    Array.isArray(anyOf)
  );
}
