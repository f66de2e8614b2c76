/**
 * Messages, documents and whatever else goes through a chain as plain JSON that people can read. A copy, because
 * LangChain goes on working with the original, and of bounded size, because all of a graph's messages go into each
 * of its nodes.
 */
import { type Fields, isFields, listOf } from './fields.js';

const mostCharacters = 500_000;
const mostValues = 20_000;
const mostDepth = 16;

interface Budget {
  characters: number;
  values: number;
}

/** What cannot be read is given back as it is. */
export function plainValue(value: unknown): unknown {
  try {
    return plain(value, { characters: mostCharacters, values: mostValues }, 0);
  } catch {
    return value;
  }
}

function plain(value: unknown, budget: Budget, depth: number): unknown {
  if (typeof value === 'string') return plainText(value, budget);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') return undefined;
  budget.values -= 1;
  if (budget.values < 0 || depth > mostDepth) return '…';
  if (Array.isArray(value)) return plainItems(value, budget, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
  if (value instanceof Map || value instanceof Set) return plainItems([...value], budget, depth);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (!isFields(value)) return undefined;
  const role = roleOf(value);
  return plainFields(role === undefined ? value : messageFields(value, role), budget, depth);
}

function plainText(text: string, budget: Budget): string {
  const kept = Math.max(0, Math.min(text.length, budget.characters));
  budget.characters -= kept;
  return kept === text.length ? text : `${text.slice(0, kept)}… (${text.length - kept} more)`;
}

function plainItems(items: readonly unknown[], budget: Budget, depth: number): unknown[] {
  const kept: unknown[] = [];
  for (const item of items) {
    if (budget.values < 0 || budget.characters <= 0) {
      kept.push(`… (${items.length - kept.length} more)`);
      break;
    }
    kept.push(plain(item, budget, depth + 1) ?? null);
  }
  return kept;
}

function plainFields(fields: Fields, budget: Budget, depth: number): Fields {
  const kept: [string, unknown][] = [];
  for (const name of Object.keys(fields)) {
    if (budget.values < 0 || budget.characters <= 0) break;
    // What LangChain's serialization needs says nothing to a reader.
    if (name.startsWith('lc_')) continue;
    const value = plain(fields[name], budget, depth + 1);
    if (value === undefined) continue;
    budget.characters -= name.length;
    kept.push([name, value]);
  }
  return Object.fromEntries(kept);
}

const roles: Readonly<Record<string, string>> = { human: 'user', ai: 'assistant' };

/** Undefined for what is no message. */
function roleOf(value: Fields): string | undefined {
  const typeOf = value['_getType'];
  if (typeof typeOf !== 'function' || !('content' in value)) return undefined;
  const type: unknown = Reflect.apply(typeOf, value, []);
  if (type === 'generic' && typeof value['role'] === 'string') return value['role'];
  return typeof type === 'string' ? (roles[type] ?? type) : undefined;
}

function messageFields(message: Fields, role: string): Fields {
  const { content, name, tool_calls, tool_call_id, additional_kwargs } = message;
  const reasoning = isFields(additional_kwargs) && additional_kwargs['reasoning_content'];
  const calls = listOf(tool_calls);
  return {
    role,
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof reasoning === 'string' ? { reasoning } : {}),
    content,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(typeof tool_call_id === 'string' ? { tool_call_id } : {}),
  };
}
