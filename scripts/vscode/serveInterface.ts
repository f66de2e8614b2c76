/** VS Code's server build for a person: settings and state are kept between starts. */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../dependencies.mjs';
import { quietSettings } from './quietSettings.js';
import { type Server, startServer } from './server.js';
import { ensureServerBuild } from './serverBuild.js';

const settings = {
  ...quietSettings,
  // VS Code opens the trace before it knows our editor, unless it is told to wait for it. The same setting
  // in demo/.vscode is enough for the desktop, but comes too late here.
  'workbench.editorAssociations': { '*.llmtrace': 'llmStream.trace' },
};

/** `port` is a number or a range like `3210-3299`. */
export async function serveInterface(port: string, log: (line: string) => void): Promise<Server> {
  const build = await ensureServerBuild(log);
  const dataFolder = join(repository, '.vscode-test', 'start');
  const machine = join(dataFolder, 'data', 'Machine');
  await mkdir(machine, { recursive: true });
  await writeFile(join(machine, 'settings.json'), JSON.stringify(settings, null, 2));
  log(`Starting VS Code ${build.version} …`);
  // Without this secret, any page in the person's browser could talk to the server.
  return startServer({ build, port, dataFolder, connectionToken: randomUUID() });
}
