/** A real disk that is soon full. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { itWhere } from './itWhere.js';

/** `it`, where a small disk can be mounted: mostly for root of Linux. */
export const itOnSmallDisk = itWhere(
  canMount(),
  'No small disk can be mounted: only one that is invented is tested.',
);

/** @throws where this user, or this system, may not. */
export function mountSmallDisk(folder: string, bytes: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], {
    stdio: 'ignore',
  });
}

export function unmountDisk(folder: string): void {
  execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' });
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'llm-stream-disk-'));
  try {
    mountSmallDisk(folder, 65_536);
    unmountDisk(folder);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}
