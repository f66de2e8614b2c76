/** VS Code's server build for a person: settings and state are kept between starts. */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../dependencies.mjs';
import { quietSettings } from './quietSettings.js';
import { type Server, startServer } from './server.js';
import { ensureServerBuild } from './serverBuild.js';

/** `port` is a number or a range like `3210-3299`. */
export async function serveInterface(port: string, log: (line: string) => void): Promise<Server> {
  const build = await ensureServerBuild(log);
  const dataFolder = join(repository, '.vscode-test', 'start');
  const settings = join(dataFolder, 'data', 'Machine', 'settings.json');
  await mkdir(join(dataFolder, 'data', 'Machine'), { recursive: true });
  await writeFile(settings, JSON.stringify(quietSettings, null, 2));
  log(`Starting VS Code ${build.version} …`);
  // Without this secret, any page in the person's browser could talk to the server.
  return startServer({ build, port, dataFolder, connectionToken: randomUUID() });
}
