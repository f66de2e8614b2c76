/** One input through its target: what it is characteristic of, or an error when a promise is broken. */
import type { FuzzTarget } from './target.js';

const usualSlowestMs = 1_000;
const settlesWithinMs = 10_000;
/** The engine's own heap grows in steps, whoever allocates. */
const freeMegabytes = 192;
/** Bytes for each byte of input, beyond the free ones. */
const mostExpansion = 2_000;

export async function checkInput(target: FuzzTarget, input: Uint8Array): Promise<Set<string>> {
  const before = process.resourceUsage();
  const traits = new Set(await settled(target.check(input)));
  const after = process.resourceUsage();
  // Computing of all threads, not time: another process may have the machine.
  const cpuMs =
    (after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime) / 1_000;
  if (cpuMs > (target.slowestMs ?? usualSlowestMs)) {
    throw new Error(`Slow: ${Math.round(cpuMs)} ms for ${input.length} bytes.`);
  }
  const grownBytes = (after.maxRSS - before.maxRSS) * 1_024;
  if (grownBytes > freeMegabytes * 1_000_000 + input.length * mostExpansion) {
    throw new Error(`${Math.round(grownBytes / 1e6)} MB were allocated for ${input.length} bytes.`);
  }
  return traits;
}

async function settled<T>(result: T | Promise<T>): Promise<T> {
  if (!(result instanceof Promise)) return result;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('It never settles.')), settlesWithinMs);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}
