/** What is printed, and goes into docs/performance.md. */
import { markdownTable } from '../performancePage.js';

/** In Markdown, with its heading; the first two columns are words. */
export const table = (
  heading: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): string => `### ${heading}\n\n${markdownTable(columns, rows, 2)}\n`;

export const milliseconds = (value: number): string =>
  `${Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;

/** How many times as much as ours. */
export const times = (value: number, ours: number): string =>
  `${Number((value / ours).toPrecision(2))} ×`;
