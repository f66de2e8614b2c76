/** Columns for the shape of a stream of which not all tokens are kept: written here, and read whatever a file holds. */
import type { LongestGaps, RecordedGap } from '../../model/gaps.js';
import { type RateCurve, mostCurveParts } from '../../model/rateCurve.js';
import { mostKept } from '../../model/largest.js';
import { microseconds } from '../../model/units.js';
import type { StreamShape } from '../../model/streamShape.js';
import type { SqlRow, SqlValue } from '../database.js';
import { amountOf, jsonOf, memberOf, textOf } from '../rowValues.js';

/** More than the longest list takes. */
export const longestListBytes = 16_384;

export const shapeColumns = (shape: StreamShape): Record<string, SqlValue> => ({
  burst_count: shape.burstCount,
  gap_count: shape.gapCount,
  longest_gaps: shape.longestGaps && gapsText(shape.longestGaps),
  rate_curve: shape.rateCurve && curveText(shape.rateCurve),
});

export const gapsText = (longest: readonly RecordedGap[]): string =>
  JSON.stringify(
    longest.map(({ tokenIndex, startUs, lengthUs }) => [tokenIndex, startUs, lengthUs]),
  );

export const curveText = ({ startUs, stepUs, counts }: RateCurve): string =>
  JSON.stringify({ start_us: startUs, step_us: stepUs, counts });

/** Null for what does not fit together. */
export function gapsOf(row: SqlRow): LongestGaps | null {
  const count = amountOf(row['gap_count']);
  const list: unknown = jsonOf(textOf(row['longest_gaps']));
  if (count === null || !Array.isArray(list) || list.length !== Math.min(count, mostKept)) {
    return null;
  }
  const longest = list.map(gapOf);
  const known = longest.filter((gap) => gap !== null);
  const isInOrder = known.every(
    ({ startUs }, at) => at === 0 || startUs >= endOf(known[at - 1] ?? null),
  );
  return known.length === longest.length && isInOrder ? { count, longest: known } : null;
}

const endOf = (gap: RecordedGap | null): number => (gap ? gap.startUs + gap.lengthUs : 0);

function gapOf(value: unknown): RecordedGap | null {
  const [tokenIndex, startUs, lengthUs] = amounts(value) ?? [];
  if (tokenIndex === undefined || startUs === undefined || lengthUs === undefined) return null;
  return { tokenIndex, startUs: microseconds(startUs), lengthUs: microseconds(lengthUs) };
}

/** Null for what is no curve. */
export function curveOf(row: SqlRow): RateCurve | null {
  const curve = jsonOf(textOf(row['rate_curve']));
  const counts = amounts(memberOf(curve, 'counts'));
  const [startUs, stepUs] =
    amounts([memberOf(curve, 'start_us'), memberOf(curve, 'step_us')]) ?? [];
  if (!counts || startUs === undefined || stepUs === undefined) return null;
  if (counts.length === 0 || counts.length > mostCurveParts) return null;
  return { startUs: microseconds(startUs), stepUs: microseconds(stepUs), counts };
}

/** Null unless all of them are numbers as a row may hold them. */
function amounts(list: unknown): number[] | null {
  if (!Array.isArray(list)) return null;
  const known = list.map((value: unknown) => (typeof value === 'number' ? amountOf(value) : null));
  const amounts = known.filter((value) => value !== null);
  return amounts.length === known.length ? amounts : null;
}
