/** docs/performance.md: each bench that measures for it writes its own section anew. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { repository } from '../../scripts/dependencies.mjs';

export interface Section {
  /** Names the place in the document. */
  readonly name: string;
  /** What writes it. */
  readonly command: string;
  /** Markdown. */
  readonly text: string;
}

const document = join(repository, 'docs', 'performance.md');

export async function writeSection(section: Section): Promise<void> {
  const before = await readFile(document, 'utf8').catch(() => '# Performance\n');
  await writeFile(document, withSection(before, section));
}

/** The document with this section written anew, or added. */
export function withSection(document: string, { name, command, text }: Section): string {
  const [begin, end] = [`<!-- ${name}: written by ${command} -->`, `<!-- /${name} -->`];
  const whole = `${begin}\n\n${text.trim()}\n\n${end}`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  return from < 0 || to < from
    ? `${document.trimEnd()}\n\n${whole}\n`
    : document.slice(0, from) + whole + document.slice(to + end.length);
}

/** Where and when it was measured: figures of different machines are not to be compared. */
export function machine(): string {
  const [processor] = cpus();
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  const memory = Math.round(totalmem() / 2 ** 30);
  return (
    `${cpus().length} cores (${processor?.model.trim() ?? 'unknown'}), ${memory} GB, ${type()} ${release()}, ` +
    `Node ${process.version}; load ${load} at the end`
  );
}

/** A table in Markdown; numbers are expected from the column `firstNumber` on. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  firstNumber = 1,
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column < firstNumber ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
