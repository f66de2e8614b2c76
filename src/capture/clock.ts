/** The capture's clocks: one monotonic for every difference, and the wall clock once a call. */
import { performance } from 'node:perf_hooks';
import {
  type EpochMicroseconds,
  type Microseconds,
  epochMicroseconds,
  microseconds,
} from '../model/units.js';

/** µs of the monotonic clock since this process started; only differences mean anything. */
export const monotonicUs = (): Microseconds => microseconds(performance.now() * 1_000);

/** µs since 1970, of the system's clock as it is set now. */
export const epochUs = (): EpochMicroseconds => epochMicroseconds(Date.now() * 1_000);
