/** Text of a trace as it may be written to a terminal: a trace must not be able to send it commands. */

/** Control characters, the ones that turn the direction of text, and the line ends of Unicode. */
const controls = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Dangerous characters as `\uXXXX`. */
export function escapeControls(text: string): string {
  return text.replace(
    controls,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** One line of JSON; outside of strings JSON has none of these characters, so it stays the same value. */
export function jsonLine(value: unknown): string {
  return `${escapeControls(JSON.stringify(value))}\n`;
}

/** Rows as lines of columns as wide as their widest cell, two spaces between; the first row is the header. */
export function tableLines(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(escapeControls));
  const widths = (cells[0] ?? []).map((_, column) =>
    cells.reduce((widest, row) => Math.max(widest, width(row[column] ?? '')), 0),
  );
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, i) => pad(cell, widths[i]))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

const pad = (cell: string, length = 0): string =>
  cell + ' '.repeat(Math.max(0, length - width(cell)));

const width = (text: string): number => Array.from(text).length;
