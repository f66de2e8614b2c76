/** Figures of the bench: what was measured, in which unit, and what is still good enough for CI. */

export interface Figure {
  readonly name: string;
  readonly unit: 'ns' | 'ms' | 'MB' | 'rows' | '%';
  readonly samples: readonly number[];
  /** Which of the samples counts. */
  readonly by: 'median' | 'p95' | 'max';
  /** The goal; and the generous limit above which `npm run bench` fails. */
  readonly goal?: number;
  readonly limit?: number;
}

export function printFigures(figures: readonly Figure[]): void {
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(58) : cell.padStart(9))).join(' ');
  console.log(line(['', 'median', 'p95', 'max', 'goal', 'limit']));
  for (const figure of figures) {
    const { name, unit, samples, goal, limit } = figure;
    const shown = (value: number | undefined): string =>
      value === undefined ? '' : value.toFixed(unit === 'rows' || unit === 'ns' ? 0 : 2);
    const values = [percentile(samples, 50), percentile(samples, 95), Math.max(...samples)];
    console.log(line([`${name} (${unit})`, ...[...values, goal, limit].map(shown)]));
  }
}

/** A sentence for each figure that is over its limit. */
export function overLimit(figures: readonly Figure[]): string[] {
  return figures.flatMap(({ name, unit, samples, by, limit }) => {
    const value = by === 'max' ? Math.max(...samples) : percentile(samples, by === 'p95' ? 95 : 50);
    return limit !== undefined && value > limit
      ? [
          `${name}: ${by} ${value.toFixed(2)} ${unit} is over the limit of ${limit.toFixed(1)} ${unit}.`,
        ]
      : [];
  });
}

export function percentile(samples: readonly number[], percent: number): number {
  const sorted = [...samples].sort((one, other) => one - other);
  const rank = (percent / 100) * (sorted.length - 1);
  const low = sorted[Math.floor(rank)] ?? NaN;
  const high = sorted[Math.ceil(rank)] ?? NaN;
  return low + (high - low) * (rank - Math.floor(rank));
}

/** Milliseconds that each of several runs took. */
export async function timeRuns(count: number, run: () => unknown): Promise<number[]> {
  const samples: number[] = [];
  for (let number = 0; number < count; number++) {
    const start = performance.now();
    await run();
    samples.push(performance.now() - start);
  }
  return samples;
}
