/** The stages that are no test suites: each rejects when something is wrong. */
import { join } from 'node:path';
import { run } from '../../scripts/children.js';
import { repository } from '../../scripts/dependencies.mjs';

const projects = [
  ...['src/model', 'src', 'webview', 'test'],
  ...['sdk/typescript', 'sdk/typescript/test'],
];

export async function lint(): Promise<void> {
  await runPackage('eslint', 'bin/eslint.js', ['--max-warnings=0', '.']);
  await runPackage('prettier', 'bin/prettier.cjs', ['--check', '--log-level=warn', '.']);
}

export async function types(): Promise<void> {
  for (const project of projects) {
    await runPackage('typescript', 'bin/tsc', ['-p', project, '--pretty']);
  }
}

/** Runs a program of an npm package without a shell. */
function runPackage(name: string, script: string, args: readonly string[]): Promise<void> {
  const path = join(repository, 'node_modules', name, script);
  return run(process.execPath, [path, ...args], { cwd: repository });
}
