/** Where a capture writes, and other paths of its settings. */
import { access, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { captureFileName } from '../capture/captureFileName.js';
import { TraceError } from '../protocol/errors.js';
import { logSuffix } from '../store/log/logLines.js';

/** @throws TraceError when the setting counts from a folder and none is open. */
export const captureFolder = (setting: string, defaultFolder: string): string =>
  setting === '' ? defaultFolder : absolutePath('folder', setting);

/**
 * The path of a new trace in the folder of the settings, which is made.
 * @throws TraceError when there can be no such folder.
 */
export async function captureTrace(setting: string, defaultFolder: string): Promise<string> {
  const folder = captureFolder(setting, defaultFolder);
  try {
    await mkdir(folder, { recursive: true });
  } catch (thrown) {
    throw new TraceError(
      'no-permission',
      `The folder ${folder} cannot be made. Choose another one in the setting llmStream.capture.folder.`,
      String(thrown),
    );
  }
  return unused(path.join(folder, captureFileName()));
}

/**
 * A path as it stands in a setting below `llmStream.capture`: may begin with "~", or count from the open folder.
 * @throws TraceError when none is open.
 */
export function absolutePath(name: string, setting: string): string {
  if (setting === '~') return homedir();
  if (/^~[\\/]/.test(setting)) return path.join(homedir(), setting.slice(2));
  if (path.isAbsolute(setting)) return setting;
  const workspace = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  if (workspace) return path.join(workspace.uri.fsPath, setting);
  throw new TraceError(
    'invalid',
    `The setting llmStream.capture.${name} is "${setting}", which counts from the folder that is open, and none is. Open a folder, or write an absolute path.`,
  );
}

/** Two windows may start their captures within the same second. */
async function unused(trace: string): Promise<string> {
  const { dir, name, ext } = path.parse(trace);
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? trace : path.join(dir, `${name}-${number}${ext}`);
    if (!(await exists(candidate)) && !(await exists(candidate + logSuffix))) return candidate;
  }
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
