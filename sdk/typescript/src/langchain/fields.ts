/** What LangChain and its integrations hand over has many shapes: it is looked at, never trusted. */
export type Fields = Readonly<Record<string, unknown>>;

const none: Fields = {};

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Never fails: without any, an object without fields. */
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : none);

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const firstText = (...candidates: unknown[]): string | undefined =>
  candidates.find(
    (candidate): candidate is string => typeof candidate === 'string' && candidate !== '',
  );

export const firstCount = (...candidates: unknown[]): number | undefined =>
  candidates.find(
    (candidate): candidate is number => Number.isSafeInteger(candidate) && Number(candidate) >= 0,
  );

/** Without what is undefined: an option is given, or is not. */
export function given<T extends object>(
  fields: T,
): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
