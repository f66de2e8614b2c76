import { setTimeout as pause } from 'node:timers/promises';

const longestMs = 10_000;
const pauseMs = 20;

/** Reads again until what was read is as wanted; the error shows what was read last. */
export async function eventually<T>(
  read: () => T | Promise<T>,
  isWanted: (value: T) => boolean,
): Promise<T> {
  const start = performance.now();
  for (;;) {
    const value = await read();
    if (isWanted(value)) return value;
    if (performance.now() - start > longestMs) {
      throw new Error(`It stayed ${JSON.stringify(value)?.slice(0, 2_000) ?? 'undefined'}.`);
    }
    await pause(pauseMs);
  }
}
