/** Binary search in ascending columns: the base of everything that must not cost O(n) per frame. */

/** The first position in [`from`, `to`) whose value is ≥ `value`; `to` when there is none. */
export function firstAtLeast(
  values: ArrayLike<number>,
  value: number,
  from = 0,
  to = values.length,
): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first position in [`from`, `to`) whose value is > `value`; `to` when there is none. */
export function firstAbove(
  values: ArrayLike<number>,
  value: number,
  from = 0,
  to = values.length,
): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The position whose value is nearest to `value`, the first of equals; −1 in an empty column. */
export function nearest(values: ArrayLike<number>, value: number): number {
  const above = firstAtLeast(values, value);
  if (above === 0) return values.length === 0 ? -1 : 0;
  const below = values[above - 1] ?? 0;
  const isBelowNearer = above === values.length || value - below <= (values[above] ?? 0) - value;
  return isBelowNearer ? firstAtLeast(values, below, 0, above) : above;
}
