/** The VS Code that a person has installed. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { run } from '../children.js';
import { repository } from '../dependencies.mjs';
import { findOnPath, firstExecutable } from '../programs.js';

export interface Desktop {
  readonly executable: string;
  /** A script for the shell, as VS Code's command is on Windows. */
  readonly shell: boolean;
}

const macPlace = '/Applications/Visual Studio Code.app/Contents/Resources/app/bin/code';

/** VSCODE_EXECUTABLE or the `code` command; null where there is none, no display, or a too old one. */
export async function findDesktop(): Promise<Desktop | null> {
  const display = process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'] ?? '';
  if (process.platform === 'linux' && display === '') return null;
  const chosen = process.env['VSCODE_EXECUTABLE'] ?? '';
  if (chosen !== '') return { executable: chosen, shell: false };
  const executable = (await findOnPath(['code'])) ?? (await firstExecutable([macPlace]));
  if (executable === null) return null;
  const desktop = { executable, shell: executable.endsWith('.cmd') };
  const [version, needed] = await Promise.all([versionOf(desktop), neededVersion()]);
  if (isAtLeast(version, needed)) return desktop;
  console.log(`The installed VS Code is ${version}; the extension needs ${needed} or newer.`);
  return null;
}

export async function openInDesktop(desktop: Desktop, folder: string, file: string): Promise<void> {
  const args = [`--extensionDevelopmentPath=${repository}`, '--new-window', folder, file];
  if (process.getuid?.() === 0) {
    // VS Code refuses to run as root without these.
    args.push('--no-sandbox', `--user-data-dir=${join(repository, '.vscode-test', 'desktop')}`);
  }
  await run(
    quoted(desktop, desktop.executable),
    args.map((arg) => quoted(desktop, arg)),
    {
      shell: desktop.shell,
    },
  );
}

async function versionOf(desktop: Desktop): Promise<string> {
  const { stdout } = await promisify(execFile)(quoted(desktop, desktop.executable), ['--version'], {
    shell: desktop.shell,
  }).catch(() => ({ stdout: 'unknown' }));
  return stdout.split('\n')[0]?.trim() ?? 'unknown';
}

async function neededVersion(): Promise<string> {
  const text = await readFile(join(repository, 'package.json'), 'utf8');
  return (JSON.parse(text) as { engines: { vscode: string } }).engines.vscode.replace('^', '');
}

function isAtLeast(version: string, needed: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = needed.split('.').map(Number);
  return major > neededMajor || (major === neededMajor && minor >= neededMinor);
}

/** Paths with spaces, for Windows' shell. */
const quoted = (desktop: Desktop, text: string): string => (desktop.shell ? `"${text}"` : text);
