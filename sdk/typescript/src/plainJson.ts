/**
 * A copy of a value as plain JSON, as it is now: the agent may change it afterwards. Whatever is given, the copy is
 * of limited size and depth, and making it takes no longer than that.
 */
import { Buffer } from 'node:buffer';

/** Three such values fit into a line of the capture, which may have 4 MiB. */
const usualBytes = 1.2 * 1024 * 1024;
/** Of prompts and answers: one of them fits into a line, beside a usual value. */
export const bytesOfBodies = 2.5 * 1024 * 1024;
/** The capture refuses more than 64 levels, and these stand within others. */
const mostLevels = 50;
/** Numbers, commas, quotes, … */
const bytesOfAnyValue = 24;
/** So few that they need not be counted exactly. */
const fewBytes = 150;

export const plainJson = (value: unknown, mostBytes = usualBytes): unknown =>
  new Copier(mostBytes).copy(value, mostLevels);

/** The same with named fields; undefined when nothing is given. */
export function plainObject(
  value: unknown,
  mostBytes = usualBytes,
): Readonly<Record<string, unknown>> | undefined {
  const copy = plainJson(value, mostBytes);
  if (copy === undefined || copy === null) return undefined;
  const isObject = typeof copy === 'object' && !Array.isArray(copy);
  return isObject ? (copy as Record<string, unknown>) : { value: copy };
}

class Copier {
  private readonly around = new Set<object>();

  constructor(private bytesLeft: number) {}

  copy(value: unknown, levels: number): unknown {
    try {
      return this.copyOf(value, levels);
    } catch {
      return '[cannot be read]';
    }
  }

  private copyOf(value: unknown, levels: number): unknown {
    this.bytesLeft -= bytesOfAnyValue;
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'boolean':
        return value;
      case 'bigint':
      case 'symbol':
        return this.text(value.toString());
      case 'function':
        return this.text(`[function ${value.name}]`);
      case 'object':
        return value === null ? null : this.object(value, levels);
      default:
        return undefined;
    }
  }

  private object(value: object, levels: number): unknown {
    if (this.around.has(value)) return '[circular]';
    if (levels === 0 || this.bytesLeft <= 0) return '[left out]';
    this.around.add(value);
    try {
      return this.contents(value, levels - 1);
    } finally {
      this.around.delete(value);
    }
  }

  private contents(value: object, levels: number): unknown {
    if (Array.isArray(value) || value instanceof Set) return this.list(value, levels);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      return `[${value.byteLength} bytes]`;
    }
    if (value instanceof Map) return this.fields(value, levels);
    if (value instanceof Error) return this.fields(errorFields(value), levels);
    if (hasOwnJson(value)) return this.copy(value.toJSON(), levels);
    return this.fields(ownFields(value), levels);
  }

  private list(values: Iterable<unknown>, levels: number): unknown[] {
    const copies: unknown[] = [];
    for (const value of values) {
      if (this.bytesLeft <= 0) {
        copies.push('[the rest is left out]');
        break;
      }
      copies.push(this.copy(value, levels) ?? null);
    }
    return copies;
  }

  private fields(entries: Iterable<readonly [unknown, unknown]>, levels: number): unknown {
    const copies: Record<string, unknown> = {};
    for (const [name, value] of entries) {
      if (this.bytesLeft <= 0) {
        copies['…'] = '[the rest is left out]';
        break;
      }
      const copy = this.copy(value, levels);
      if (copy !== undefined) setField(copies, this.text(String(name)), copy);
    }
    return copies;
  }

  private bytesOf(text: string): number {
    // In JSON a character has at most six.
    if (text.length * 6 <= fewBytes) return text.length;
    return text.length < this.bytesLeft ? bytesInJson(text) : Infinity;
  }

  private text(text: string): string {
    const bytes = this.bytesOf(text);
    if (bytes <= this.bytesLeft) {
      this.bytesLeft -= bytes;
      return text;
    }
    // What a character takes at most.
    const kept = Math.max(0, Math.floor(this.bytesLeft / 6));
    this.bytesLeft = 0;
    return `${text.slice(0, kept)}… [${text.length - kept} characters are left out]`;
  }
}

export const bytesInJson = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const hasOwnJson = (value: object): value is { toJSON(): unknown } =>
  'toJSON' in value && typeof value.toJSON === 'function';

/** Most of them are not enumerable: JSON would not show them. */
function* errorFields(error: Error): Generator<readonly [string, unknown]> {
  for (const name of ['name', 'message', 'stack', 'cause']) yield [name, fieldOf(error, name)];
  yield* ownFields(error);
}

/** Also `__proto__` is a name like others. */
function setField(fields: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') fields[name] = value;
  else Object.defineProperty(fields, name, { value, enumerable: true });
}

/** One after the other: a getter that throws costs its own value only. */
function* ownFields(value: object): Generator<readonly [string, unknown]> {
  for (const name of Object.keys(value)) yield [name, fieldOf(value, name)];
}

function fieldOf(value: object, name: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>>)[name];
  } catch {
    return '[cannot be read]';
  }
}
