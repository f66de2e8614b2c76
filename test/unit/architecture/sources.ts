/** The source files of the repository and what each imports, as TypeScript's own parser sees it. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const repository = fileURLToPath(new URL('../../../', import.meta.url));

export interface Source {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly lines: number;
  readonly text: string;
  /** Imported files of the repository, relative to it, ending in .ts where they are TypeScript. */
  readonly files: readonly string[];
  /** Imported packages and Node modules, as written. */
  readonly packages: readonly string[];
}

/** All TypeScript files below these folders. */
export function readSources(folders: readonly string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
      .map((name) => readSource(posix.join(folder, name.split(sep).join('/')))),
  );
}

function readSource(path: string): Source {
  const text = readFileSync(join(repository, path), 'utf8');
  const specifiers = ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName);
  const isRelative = (specifier: string): boolean => specifier.startsWith('.');
  return {
    path,
    text,
    lines: text.trimEnd().split('\n').length,
    files: specifiers.filter(isRelative).map((specifier) => resolve(path, specifier)),
    packages: specifiers.filter((specifier) => !isRelative(specifier)),
  };
}

function resolve(path: string, specifier: string): string {
  const target = relative(repository, join(repository, dirname(path), specifier));
  return target.split(sep).join('/').replace(/\.js$/, '.ts');
}
