/**
 * VS Code's server build, from the npm package `code-server`: a whole VS Code for a browser, for
 * machines where the desktop one cannot be downloaded or has no display.
 */
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npm, repository } from '../dependencies.mjs';

const codeServerVersion = '4.139.1';
/** The server needs this Node, whichever one runs us. */
const nodeVersion = '24';

export interface ServerBuild {
  readonly nodeExecutable: string;
  readonly mainScript: string;
  /** Of the VS Code inside. */
  readonly version: string;
}

/** Where the server build is; installs it when it is not there. About 20 s and 600 MB, once. */
export async function ensureServerBuild(log: (line: string) => void): Promise<ServerBuild> {
  const folder = join(repository, '.vscode-test', 'server');
  const codeServer = join(folder, 'node_modules', 'code-server');
  const vscode = join(codeServer, 'lib', 'vscode');
  const nodeExecutable = join(
    folder,
    'node_modules/node/bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  if (!(await isComplete())) {
    log(`Installing VS Code's server build (once, about 600 MB) into ${folder} …`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    const exactly = `code-server@${codeServerVersion}`;
    await npm(['install', '--ignore-scripts', '--save-exact', exactly, ...quiet], folder);
    // This package fetches its executable in its install script.
    await npm(['install', `node@${nodeVersion}`, ...quiet], folder);
    log('Installing the packages of the server build …');
    await npm(['install', '--omit=dev', '--ignore-scripts', ...quiet], vscode);
    if (!(await isComplete())) {
      throw new Error(`VS Code's server build is incomplete: delete ${folder} and try again.`);
    }
  }
  return {
    nodeExecutable,
    mainScript: join(vscode, 'out', 'server-main.js'),
    version: await versionOf(vscode),
  };

  async function isComplete(): Promise<boolean> {
    const wanted = (await versionOf(codeServer)) === codeServerVersion;
    // npm writes this file last.
    const lastWritten = join(vscode, 'node_modules', '.package-lock.json');
    return wanted && (await exists(nodeExecutable)) && (await exists(lastWritten));
  }
}

async function versionOf(packageFolder: string): Promise<string> {
  const text = await readFile(join(packageFolder, 'package.json'), 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { version?: string }).version ?? 'unknown';
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
