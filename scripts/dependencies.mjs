// Installs the npm packages. Only Node's own modules are imported here: nothing else is there yet.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('..', import.meta.url));

/** Runs `npm ci` unless every package of the lock file is installed in the version it names. */
export async function ensureDependencies() {
  if (await isInstalled(repository)) return;
  console.log('Installing the npm packages of package-lock.json …');
  await npm(['ci', '--no-audit', '--no-fund'], repository);
}

async function isInstalled(folder) {
  const [wanted, installed] = await Promise.all([
    readPackages(`${folder}/package-lock.json`),
    readPackages(`${folder}/node_modules/.package-lock.json`),
  ]);
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || installed[path]?.version === entry.version,
  );
}

async function readPackages(file) {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  return JSON.parse(text).packages ?? {};
}

/** Runs npm; rejects with a sentence when it fails. */
export function npm(args, folder) {
  // Under "npm start" this names npm's own script, which needs no shell on any system.
  const script = process.env.npm_execpath;
  const [command, ...first] = script?.endsWith('.js') ? [process.execPath, script] : ['npm'];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, ...args], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: command === 'npm' && process.platform === 'win32',
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`"npm ${args.join(' ')}" failed with exit code ${code}: see above.`)),
    );
  });
}
