/** `npm run package`: the VSIX, and its size. */
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './children.js';
import { repository } from './dependencies.mjs';
import { thirdPartyNotices } from './notices.js';

const largestMegabytes = 2;

async function packageExtension(): Promise<{ path: string; bytes: number }> {
  // Nothing of an earlier build may be packed.
  await rm(join(repository, 'dist'), { recursive: true, force: true });
  await run(process.execPath, ['esbuild.mjs', '--production'], { cwd: repository });
  await writeFile(join(repository, 'dist', 'ThirdPartyNotices.txt'), await thirdPartyNotices());
  const path = join(repository, 'out', 'llm-stream-inspector.vsix');
  const vsce = join(repository, 'node_modules', '@vscode', 'vsce', 'vsce');
  const flags = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  await run(process.execPath, [vsce, 'package', ...flags, '--out', path], { cwd: repository });
  return { path, bytes: (await stat(path)).size };
}

const { path, bytes } = await packageExtension();
const megabytes = bytes / 1_000_000;
console.log(`${path}: ${megabytes.toFixed(2)} MB (at most ${largestMegabytes} MB)`);
if (megabytes > largestMegabytes) process.exitCode = 1;
