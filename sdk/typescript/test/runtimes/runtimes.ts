/** Node 18, Bun and Deno, from packages of the registry that npm uses; kept in `out/runtimes`. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../../../../scripts/dependencies.mjs';

const execute = promisify(execFile);

export interface Runtime {
  readonly name: string;
  /** What npm installs, and where the program is then. */
  readonly package: string;
  readonly program: string;
  /** Before the script. */
  readonly words: readonly string[];
  readonly version: RegExp;
}

const ending = process.platform === 'win32' ? '.exe' : '';

export const runtimes: readonly Runtime[] = [
  {
    ...{ name: 'Node 18', package: 'node@18', program: `node/bin/node${ending}` },
    ...{ words: [], version: /^v18\./ },
  },
  { name: 'Bun', package: 'bun@1', program: 'bun/bin/bun.exe', words: [], version: /^1\./ },
  {
    ...{ name: 'Deno', package: 'deno@2', program: `deno/deno${ending}` },
    ...{ words: ['run', '--allow-all', '--no-lock'], version: /^deno 2\./ },
  },
];

/** The path of its program. @throws Error that says why it cannot be had. */
export async function installed(runtime: Runtime): Promise<string> {
  const folder = join(repository, 'out', 'runtimes', runtime.package.replace('@', '-'));
  const program = join(folder, 'node_modules', runtime.program);
  if (!existsSync(program)) await install(runtime, folder);
  const { stdout } = await execute(program, ['--version']);
  if (!runtime.version.test(stdout)) {
    throw new Error(`${runtime.name} calls itself "${stdout.trim()}": delete ${folder}.`);
  }
  return program;
}

async function install(runtime: Runtime, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"private":true}\n');
  const words = ['install', runtime.package, '--no-audit', '--no-fund', '--no-package-lock'];
  try {
    await execute('npm', words, { cwd: folder, shell: process.platform === 'win32' });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(
      `${runtime.name} is needed for this test, and npm could not install "${runtime.package}": ${stderr.slice(-500)}`,
      { cause: error },
    );
  }
}
