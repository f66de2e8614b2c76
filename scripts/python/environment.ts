/** Virtual environments of the Python tests, in `.python/`: made once, and again when what they hold changes. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCode, run } from '../children.js';
import { repository } from '../dependencies.mjs';
import { findPython, oldestMinor } from './interpreter.js';

export interface PythonEnvironment {
  /** The full path of its interpreter. */
  readonly python: string;
}

/**
 * @param requirements a file of the repository whose packages it holds, in exactly these versions.
 * @param minor it has Python 3.`minor` or newer.
 */
export async function pythonEnvironment(
  name: string,
  requirements: string,
  minor: number = oldestMinor.frameworks,
): Promise<PythonEnvironment> {
  const folder = join(repository, '.python', name);
  const python =
    process.platform === 'win32'
      ? join(folder, 'Scripts', 'python.exe')
      : join(folder, 'bin', 'python');
  const interpreter = await findPython(minor);
  const wanted = createHash('sha256')
    .update(await readFile(join(repository, requirements)))
    .update(interpreter.version)
    .digest('hex');
  const stamp = join(folder, 'installed.txt');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return { python };

  console.log(`Making the virtual environment .python/${name} (Python ${interpreter.version}) …`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await makeEnvironment(interpreter.command, [...interpreter.arguments, '-m', 'venv', folder]);
  await run(python, [
    ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'],
    ...['--requirement', join(repository, requirements)],
  ]);
  await writeFile(stamp, wanted);
  return { python };
}

async function makeEnvironment(command: string, words: readonly string[]): Promise<void> {
  if ((await exitCode(command, words)) === 0) return;
  // Debian and Ubuntu ship Python without it.
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    console.log('Installing python3-venv …');
    await run('apt-get', ['install', '--yes', '--no-install-recommends', 'python3-venv']);
    await run(command, words);
    return;
  }
  throw new Error(
    'Python could not make a virtual environment: install its "venv" module (on Debian and Ubuntu: apt install python3-venv).',
  );
}
