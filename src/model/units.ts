/**
 * Branded numbers for times, so that a value in milliseconds cannot be passed where microseconds are
 * meant. The brand exists only in types; arithmetic yields a plain number that must be branded again.
 */
declare const unit: unique symbol;

/** A duration, or an offset from a named origin, in microseconds. */
export type Microseconds = number & { readonly [unit]: 'µs' };

/** A duration, or an offset from a named origin, in milliseconds. */
export type Milliseconds = number & { readonly [unit]: 'ms' };

/** Wall-clock time: microseconds since 1970-01-01T00:00:00Z. Exact in a double until the year 2255. */
export type EpochMicroseconds = number & { readonly [unit]: 'epoch µs' };

export const microseconds = (value: number): Microseconds => value as Microseconds;
export const milliseconds = (value: number): Milliseconds => value as Milliseconds;
export const epochMicroseconds = (value: number): EpochMicroseconds => value as EpochMicroseconds;

export const toMilliseconds = (value: Microseconds): Milliseconds => milliseconds(value / 1_000);
export const toMicroseconds = (value: Milliseconds): Microseconds => microseconds(value * 1_000);

export const usPerDay = 86_400_000_000;
