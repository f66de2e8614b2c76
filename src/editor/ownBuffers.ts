/**
 * The same object with every typed array in a buffer of exactly its own. What comes from another
 * process are views into one large message, and VS Code sends the whole buffer behind a view to a page.
 */
export function ownBuffers<T extends object>(columns: T): T {
  const owned = Object.entries(columns).map(([name, value]: [string, unknown]) => [
    name,
    isView(value) && value.byteLength !== value.buffer.byteLength ? value.slice() : value,
  ]);
  return Object.fromEntries(owned) as T;
}

type TypedArray = Uint8Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** A Node `Buffer` slices without copying, and must not come here. */
const isView = (value: unknown): value is TypedArray =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);
