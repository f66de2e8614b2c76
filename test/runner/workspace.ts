/** A folder for VS Code to open: copies of the demo trace and of the recorded files of the fixtures. */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../../scripts/dependencies.mjs';

export interface Workspace {
  readonly folder: string;
  remove(): Promise<void>;
}

export async function makeWorkspace(): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), 'llm-stream-workspace-'));
  await copyFiles(join(repository, 'demo'), folder, /\.llmtrace$/);
  await copyFiles(join(repository, 'test', 'fixtures', 'agent-inspector'), folder, /\.db(-wal)?$/);
  return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

async function copyFiles(from: string, to: string, pattern: RegExp): Promise<void> {
  for (const name of await readdir(from)) {
    if (pattern.test(name)) await cp(join(from, name), join(to, name));
  }
}
