/** The lines of a page of the grid: rows of tokens and, where tokens are missing between them, a note. */
import type { MatchingRows, Page } from './rows.js';

export interface Lines {
  readonly count: number;
  /** The row in a line, or the position of the token in front of which the line says what is missing. */
  at(line: number): { readonly row: number } | { readonly noteBefore: number };
  lineOf(row: number): number;
}

/** @param gaps positions of the tokens right before which others are missing, ascending. */
export function linesOf(rows: MatchingRows, page: Page, gaps: readonly number[]): Lines {
  const isLast = page.to === rows.count;
  const notes = gaps
    .map((noteBefore) => ({ noteBefore, row: rows.firstRowFrom(noteBefore) }))
    .filter(({ row }) => row >= page.from && (row < page.to || (isLast && row === page.to)))
    .map((note, before) => ({ ...note, line: note.row - page.from + before }));
  return {
    count: page.to - page.from + notes.length,
    at(line) {
      const note = notes.find((one) => one.line === line);
      if (note) return note;
      return { row: page.from + line - notes.filter((one) => one.line < line).length };
    },
    lineOf: (row) => row - page.from + notes.filter((note) => note.row <= row).length,
  };
}
