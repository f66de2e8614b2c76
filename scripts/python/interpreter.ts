/** Finds a Python that the SDK supports. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What the newest releases of LangChain, AutoGen and LiteLLM ask for; the SDK itself is content with less. */
const oldestForTests = [3, 10] as const;

export interface Interpreter {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly version: string;
}

const candidates: readonly (readonly [string, ...string[]])[] =
  process.platform === 'win32' ? [['py', '-3'], ['python']] : [['python3'], ['python']];

/** @throws Error with a sentence that says what to install. */
export async function findPython(): Promise<Interpreter> {
  const chosen = process.env['LLM_STREAM_PYTHON'];
  for (const [command, ...words] of chosen ? [[chosen] as const] : candidates) {
    const version = await versionOf(command, words);
    if (version && isRecent(version)) return { command, arguments: words, version };
  }
  const wanted = oldestForTests.join('.');
  throw new Error(
    chosen
      ? `LLM_STREAM_PYTHON names "${chosen}", which is no Python of version ${wanted} or newer.`
      : `Python ${wanted} or newer was not found: install it, or name one in LLM_STREAM_PYTHON.`,
  );
}

async function versionOf(command: string, words: readonly string[]): Promise<string | null> {
  const program = 'import platform; print(platform.python_version())';
  return promisify(execFile)(command, [...words, '-c', program]).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === oldestForTests[0] && minor >= oldestForTests[1];
}
