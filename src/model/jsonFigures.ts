/** Figures as JSON gives them, of the command line and of the API: three decimals, null where not known. */

/** µs as ms: exact to the microsecond. */
export function millisecondsOf(us: number | null): number | null {
  return us === null ? null : rounded(us / 1_000);
}

/** JSON has no infinity; a figure that is none is not known. */
export function rounded(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Math.round(value * 1_000) / 1_000;
}
