/**
 * A copy of a value as plain JSON, as it is now: the agent may change it afterwards. Whatever is given, it is of
 * limited size and depth, and making it runs no longer than that.
 */

/** In bytes; a line of the capture may have 4 MiB. */
const mostBytes = 2 * 1024 * 1024;
/** The capture refuses more than 64 levels, and these stand within others. */
const mostLevels = 50;
const leastForValue = 8;

export function plainJson(value: unknown): unknown {
  return new Copier().copy(value, mostLevels);
}

/** Of an object with named fields; undefined when it is none. */
export function plainObject(value: unknown): Record<string, unknown> | undefined {
  if (value === undefined || value === null) return undefined;
  const copy = plainJson(value);
  if (typeof copy !== 'object' || copy === null || Array.isArray(copy)) return { value: copy };
  return copy as Record<string, unknown>;
}

class Copier {
  private bytesLeft = mostBytes;
  private readonly around = new Set<object>();

  copy(value: unknown, levels: number): unknown {
    try {
      return this.copyOf(value, levels);
    } catch {
      return '[cannot be read]';
    }
  }

  private copyOf(value: unknown, levels: number): unknown {
    this.bytesLeft -= leastForValue;
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'boolean':
        return value;
      case 'bigint':
        return this.text(value.toString());
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
    if (Array.isArray(value)) return this.list(value, levels);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      return `[${value.byteLength} bytes]`;
    }
    if (value instanceof Error) return this.error(value, levels);
    if (value instanceof Map) return this.fields(value, levels);
    if (value instanceof Set) return this.list(value, levels);
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      return this.copy((value.toJSON as () => unknown)(), levels);
    }
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
    const copies = new Map<string, unknown>();
    for (const [name, value] of entries) {
      if (this.bytesLeft <= 0) {
        copies.set('…', '[the rest is left out]');
        break;
      }
      const copy = this.copy(value, levels);
      if (copy !== undefined) copies.set(this.text(String(name)), copy);
    }
    return Object.fromEntries(copies);
  }

  /** Their fields are not enumerable: JSON would show nothing. */
  private error(error: Error, levels: number): unknown {
    const fields: [string, unknown][] = [
      ['name', error.name],
      ['message', error.message],
      ['stack', error.stack],
      ['cause', error.cause],
    ];
    return this.fields([...fields, ...ownFields(error)], levels);
  }

  private text(text: string): string {
    // No character has more than three bytes, or four for two.
    if (text.length * 3 <= this.bytesLeft) {
      this.bytesLeft -= text.length;
      return text;
    }
    const kept = text.slice(0, Math.max(0, Math.floor(this.bytesLeft / 3)));
    this.bytesLeft = 0;
    return `${kept}… [${text.length - kept.length} characters are left out]`;
  }
}

/** One after the other: a getter that throws costs its own value only. */
function* ownFields(value: object): Generator<[string, unknown]> {
  for (const name of Object.keys(value)) yield [name, fieldOf(value, name)];
}

function fieldOf(value: object, name: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>>)[name];
  } catch {
    return '[cannot be read]';
  }
}
