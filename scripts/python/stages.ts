/** `npm run test:python`: format, types and tests of the Python SDK, and LiteLLM behind the capture; `npm run bench:python`. */
import { join } from 'node:path';
import { buildAll } from '../build.js';
import { exitCode } from '../children.js';
import { repository } from '../dependencies.mjs';
import { type PythonEnvironment, pythonEnvironment } from './environment.js';
import { oldestMinor } from './interpreter.js';

type Stage = () => Promise<number>;

const sdk = join(repository, 'sdk', 'python');

const inSdk = async (...words: readonly string[]): Promise<number> =>
  runInSdk(await pythonEnvironment('sdk', 'sdk/python/requirements-test.txt'), words);

/** With nothing installed but pytest: the SDK needs nothing else. */
const inCore = async (...words: readonly string[]): Promise<number> =>
  runInSdk(
    await pythonEnvironment('core', 'sdk/python/requirements-core.txt', oldestMinor.sdk),
    words,
  );

const runInSdk = ({ python }: PythonEnvironment, words: readonly string[]): Promise<number> =>
  exitCode(python, ['-m', ...words], {
    cwd: sdk,
    env: { ...process.env, PYTHONPATH: join(sdk, 'src'), PYTHONUTF8: '1' },
  });

const stages: ReadonlyMap<string, Stage> = new Map<string, Stage>([
  ['format', () => inSdk('ruff', 'format', '--check', '.', '../../test/python')],
  ['lint', () => inSdk('ruff', 'check', '.', '../../test/python')],
  ['types', () => inSdk('mypy')],
  ['core', () => inCore('pytest', 'tests/tracing', 'tests/sending')],
  ['adapters', () => inSdk('pytest', 'tests/langchain', 'tests/autogen')],
  [
    'litellm',
    async () => {
      const { python } = await pythonEnvironment('litellm', 'test/python/litellm/requirements.txt');
      return exitCode(python, ['-m', 'pytest', 'test/python/litellm'], { cwd: repository });
    },
  ],
]);

/** Runs the named stages, or all; the exit code of the process. */
export async function testPython(names: readonly string[]): Promise<number> {
  const known = [...stages.keys()];
  const unknown = names.find((name) => !stages.has(name));
  if (unknown !== undefined) {
    throw new Error(`There is no stage "${unknown}". There are: ${known.join(', ')}.`);
  }
  await buildAll();
  const failed: string[] = [];
  for (const [name, stage] of stages) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`\n── python ${name} ──`);
    if ((await stage()) !== 0) failed.push(name);
  }
  console.log(failed.length > 0 ? `\nFailed: ${failed.join(', ')}` : '\nPython: all passed');
  return failed.length > 0 ? 1 : 0;
}

/** What recording costs, beside another package in the same run; the exit code of the process. */
export async function benchPython(words: readonly string[]): Promise<number> {
  await buildAll();
  const { python } = await pythonEnvironment('bench', 'sdk/python/requirements-bench.txt');
  return exitCode(python, [join(sdk, 'bench', 'main.py'), ...words], { cwd: repository });
}
