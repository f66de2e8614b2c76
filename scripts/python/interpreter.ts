/** Finds a Python that the SDK supports. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A minor version of Python 3. */
export const oldestMinor = {
  sdk: 9,
  /** What the newest releases of LangChain, AutoGen and LiteLLM ask for. */
  frameworks: 10,
} as const;

export interface Interpreter {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly version: string;
}

const candidates: readonly (readonly [string, ...string[]])[] =
  process.platform === 'win32' ? [['py', '-3'], ['python']] : [['python3'], ['python']];

/** @throws Error with a sentence that says what to install. */
export async function findPython(minor: number): Promise<Interpreter> {
  const chosen = process.env['LLM_STREAM_PYTHON'];
  for (const [command, ...words] of chosen ? [[chosen] as const] : candidates) {
    const version = await versionOf(command, words);
    if (version && isRecent(version, minor)) return { command, arguments: words, version };
  }
  const wanted = `3.${minor}`;
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

function isRecent(version: string, oldest: number): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 3 && minor >= oldest;
}
