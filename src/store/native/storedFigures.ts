/** The figures of a call that has ended, as its columns hold them. */
import type { CallMetrics } from '../../model/metrics.js';
import type { StepKey } from '../../model/trace.js';
import type { Database } from '../database.js';
import { jsonOf, memberOf, textColumn, textOf } from '../rowValues.js';

export const figureColumns = [
  'ttft_us',
  'ttfo_us',
  'last_token_us',
  'icl_p50_us',
  'icl_p90_us',
  'icl_p95_us',
  'icl_p99_us',
  'icl_max_us',
] as const;
type FigureColumn = (typeof figureColumns)[number];

/** What was told of all tokens that came, where not all were kept; under the names of the columns, in µs. */
export type ReceivedFigures = { readonly [C in FigureColumn]?: number };

/** Under this name they are kept in the data of the call. */
export const receivedFiguresName = 'received_statistics';

/** Computed ones go first: what is stored can be computed again. */
export function storedFigures(
  { ttftUs, ttfoUs, lastTokenUs, icl }: CallMetrics,
  told: ReceivedFigures,
): Record<FigureColumn, number | null> {
  const times = { ttft_us: ttftUs, ttfo_us: ttfoUs, last_token_us: lastTokenUs };
  const gaps = {
    ...{ icl_p50_us: icl?.p50, icl_p90_us: icl?.p90, icl_p95_us: icl?.p95 },
    ...{ icl_p99_us: icl?.p99, icl_max_us: icl?.max },
  };
  const figures: Readonly<Record<FigureColumn, number | null | undefined>> = { ...times, ...gaps };
  const stored = figureColumns.map((name) => {
    const figure = figures[name] ?? told[name] ?? null;
    // Times are whole microseconds, percentiles lie between them.
    return [name, name in times && figure !== null ? Math.round(figure) : figure] as const;
  });
  return Object.fromEntries(stored) as Record<FigureColumn, number | null>;
}

/** Whatever else is in the data is left out: it comes from outside. */
export function receivedFigures(database: Database, call: StepKey): ReceivedFigures {
  const row = database.get(
    `SELECT ${textColumn('data', mostDataBytes)} AS data FROM steps WHERE step_key = ?`,
    [call],
  );
  const told = memberOf(jsonOf(textOf(row?.['data'])), receivedFiguresName);
  const known = figureColumns.flatMap((name) => {
    const figure = memberOf(told, name);
    return typeof figure === 'number' && figure >= 0 ? [[name, figure] as const] : [];
  });
  return Object.fromEntries(known);
}

/** As much as a line of the wire may hold, and more. */
const mostDataBytes = 16 * 1024 * 1024;
