import { memoryUsage } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Of JavaScript's objects that something still holds. */
export function usedMegabytes(): number {
  collectGarbage();
  return memoryUsage().heapUsed / 1e6;
}
