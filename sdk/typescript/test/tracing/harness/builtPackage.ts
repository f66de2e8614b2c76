/** The package as it is published, where a program of another folder finds it. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const packageFolder = fileURLToPath(new URL('../../../', import.meta.url));
const repository = fileURLToPath(new URL('../../../../../', import.meta.url));
const run = promisify(execFile);

const newest = async (folder: string): Promise<number> => {
  const names = await readdir(folder, { recursive: true });
  const times = names.map(async (name) => (await stat(join(folder, name))).mtimeMs);
  return Math.max(...(await Promise.all(times)));
};

/** `npm test` has built it; alone, a test builds what has changed. */
export async function buildPackage(): Promise<void> {
  const built = await stat(join(packageFolder, 'dist', 'index.d.cts')).catch(() => null);
  if (built && built.mtimeMs > (await newest(join(packageFolder, 'src')))) return;
  await run(process.execPath, [join(packageFolder, 'build.mjs')]);
}

export class Consumer {
  private constructor(readonly folder: string) {}

  static async create(): Promise<Consumer> {
    await buildPackage();
    const folder = await mkdtemp(join(tmpdir(), 'llm-stream-consumer-'));
    const installed = join(folder, 'node_modules', 'llm-stream-sdk');
    await mkdir(installed, { recursive: true });
    for (const name of ['package.json', 'dist']) {
      await cp(join(packageFolder, name), join(installed, name), { recursive: true });
    }
    await writeFile(join(folder, 'package.json'), '{ "private": true }');
    return new Consumer(folder);
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.folder, name), text);
  }

  /** What a program prints; `environment` is all that it knows. */
  async node(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
    const { stdout, stderr } = await this.run(words, environment);
    return stdout + stderr;
  }

  /** What the compiler says. It checks the types of the package too, which need no others, not even Node's. */
  async compile(module: 'node16' | 'nodenext', ...files: readonly string[]): Promise<string> {
    const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--module', module, '--target', 'es2022', '--strict', '--pretty', 'false'];
    const libraries = ['--skipLibCheck', 'false', '--lib', 'es2022'];
    const words = [compiler, ...options, ...libraries, ...files];
    const { stdout } = await this.run(words).catch((error: unknown) => error as { stdout: string });
    return stdout;
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  private run(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
    return run(process.execPath, words, { cwd: this.folder, env });
  }
}
