/** The desktop VS Code: VSCODE_EXECUTABLE, the copy in .vscode-test, or one that is downloaded there. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SilentReporter, downloadAndUnzipVSCode } from '@vscode/test-electron';
import { _electron as electron } from 'playwright-core';
import { end } from '../../scripts/children.js';
import { repository } from '../../scripts/dependencies.mjs';
import type { HostTestOptions, Launcher, OpenOptions, VsCodeWindow } from './launcher.js';
import { quietSettings } from '../../scripts/vscode/quietSettings.js';

/** Where an unreachable download server is given up. */
const reachableWithinMs = 5_000;

export async function findElectron(): Promise<{ executable: string } | { reason: string }> {
  const chosen = process.env['VSCODE_EXECUTABLE'];
  if (chosen !== undefined && chosen !== '') return { executable: chosen };
  if (process.platform === 'linux' && !process.env['DISPLAY']) return { reason: 'no display' };
  try {
    return {
      executable: await downloadAndUnzipVSCode({
        version: 'stable',
        cachePath: join(repository, '.vscode-test'),
        reporter: new SilentReporter(),
        timeout: reachableWithinMs,
      }),
    };
  } catch (error) {
    return { reason: `it is not in .vscode-test and cannot be downloaded: ${String(error)}` };
  }
}

export function electronLauncher(executable: string): Launcher {
  return {
    name: `VS Code for the desktop, ${executable}`,
    open: (options) => openWindow(executable, options),
    runInHost: (options) => runInHost(executable, options),
    dispose: () => Promise.resolve(),
  };
}

async function openWindow(executable: string, options: OpenOptions): Promise<VsCodeWindow> {
  const profile = await makeProfile(options.settings);
  const application = await electron.launch({
    executablePath: executable,
    args: [...profile.flags, options.folder],
    env: environmentOf({}),
  });
  const page = await application.firstWindow();
  const resize = async (width: number, height: number): Promise<void> => {
    const window = await application.browserWindow(page);
    await window.evaluate(
      (native: { setContentSize(width: number, height: number): void }, size) =>
        native.setContentSize(size.width, size.height),
      { width, height },
    );
  };
  await resize(options.width, options.height);
  return {
    page,
    resize,
    close: async () => {
      await application.close();
      await profile.remove();
    },
  };
}

async function runInHost(executable: string, options: HostTestOptions): Promise<void> {
  const profile = await makeProfile();
  const child = spawn(
    executable,
    [...profile.flags, `--extensionTestsPath=${options.tests}`, options.folder],
    { env: environmentOf(options.environment), stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4_000)));
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const tooLong = `The integration tests did not end within ${options.timeoutMs / 1_000} s.`;
      timer = setTimeout(() => reject(new Error(`${tooLong}\n${errors}`)), options.timeoutMs);
      child.once('error', reject);
      child.once('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`VS Code ended with code ${code}.\n${errors}`)),
      );
    });
  } finally {
    clearTimeout(timer);
    await end(child);
    await profile.remove();
  }
}

/** A VS Code that nobody used before. */
async function makeProfile(
  settings: OpenOptions['settings'] = {},
): Promise<{ flags: string[]; remove: () => Promise<void> }> {
  // Short, because VS Code makes a socket in it, and those have a limit of 103 characters on macOS.
  const folder = await mkdtemp(join(tmpdir(), 'llms-'));
  await mkdir(join(folder, 'User'), { recursive: true });
  const allSettings = JSON.stringify({ ...quietSettings, ...settings });
  await writeFile(join(folder, 'User', 'settings.json'), allSettings);
  return {
    flags: [
      `--user-data-dir=${folder}`,
      `--extensions-dir=${join(folder, 'extensions')}`,
      `--extensionDevelopmentPath=${repository}`,
      '--no-sandbox',
      '--disable-gpu',
      '--disable-updates',
      '--disable-telemetry',
      '--disable-workspace-trust',
      '--skip-welcome',
      '--skip-release-notes',
      '--password-store=basic',
    ],
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Ours without what makes Electron run as plain Node, as inside a terminal of VS Code. */
function environmentOf(additional: Readonly<Record<string, string>>): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    const ofAnotherVsCode = name.startsWith('VSCODE_') || name === 'ELECTRON_RUN_AS_NODE';
    if (value !== undefined && !ofAnotherVsCode) environment[name] = value;
  }
  return { ...environment, ...additional };
}
