/** What is compared with, in `.peers/` and `.python/`: installed once, and again when the versions change. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npm, repository } from '../../../scripts/dependencies.mjs';
import { pythonEnvironment } from '../../../scripts/python/environment.js';

const here = 'test/bench/peers';
const folder = join(repository, '.peers');

export interface Peers {
  /** Holds the npm packages. */
  readonly modules: string;
  /** Interpreters of environments that hold the Python packages. */
  readonly litellm: string;
  readonly mitmproxy: string;
}

export async function installPeers(): Promise<Peers> {
  await installPackages();
  const litellm = await pythonEnvironment('litellm', 'test/python/litellm/requirements.txt');
  const mitmproxy = await pythonEnvironment('mitmproxy', `${here}/requirements.txt`);
  return {
    modules: join(folder, 'node_modules'),
    ...{ litellm: litellm.python, mitmproxy: mitmproxy.python },
  };
}

async function installPackages(): Promise<void> {
  const manifest = join(repository, here, 'package.json');
  const wanted = await readFile(manifest, 'utf8');
  const stamp = join(folder, 'installed.txt');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return;
  console.log('Installing what is compared with into .peers/ …');
  await mkdir(folder, { recursive: true });
  await copyFile(manifest, join(folder, 'package.json'));
  await npm(['install', '--no-audit', '--no-fund'], folder);
  await writeFile(stamp, wanted);
}
