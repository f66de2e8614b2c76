/** Figures as the API's JSON gives them: three decimals, null where not known. */

/** µs as ms: exact to the microsecond. */
export const millisecondsOf = (us: number | null): number | null =>
  us === null ? null : rounded(us / 1_000);

/** JSON has no infinity; a figure that is none is not known. */
export const rounded = (value: number | null): number | null =>
  value === null || !Number.isFinite(value) ? null : Math.round(value * 1_000) / 1_000;
