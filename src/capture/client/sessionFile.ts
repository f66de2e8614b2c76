/**
 * Remembers the capture of a workspace on disk, so that the next extension host finds it again after the
 * window was reloaded. It holds the session's token: nobody else may read it.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RunningCapture } from './runningCapture.js';

export class SessionFile {
  constructor(private readonly path: string) {}

  /** Null when there is none, or none that can be understood. */
  async read(): Promise<RunningCapture | null> {
    try {
      return parse(JSON.parse(await readFile(this.path, 'utf8')));
    } catch {
      return null;
    }
  }

  /** At once: a reader sees the old file or the new one. */
  async write({ url, token, db, pid }: RunningCapture): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const beside = `${this.path}.${process.pid}.new`;
    await writeFile(beside, JSON.stringify({ url, token, db, pid }), { mode: 0o600 });
    await rename(beside, this.path);
  }

  /** Forgets this capture; another one that took its place meanwhile stays. */
  async forget(capture: RunningCapture): Promise<void> {
    const kept = await this.read();
    if (kept && kept.token !== capture.token) return;
    await rm(this.path, { force: true });
  }
}

function parse(value: unknown): RunningCapture | null {
  const { url, token, db, pid } = (value ?? {}) as Record<string, unknown>;
  const isWhole =
    typeof url === 'string' &&
    /^http:\/\/127\.0\.0\.1:\d+$/.test(url) &&
    typeof token === 'string' &&
    typeof db === 'string' &&
    typeof pid === 'number' &&
    Number.isSafeInteger(pid) &&
    pid > 0;
  return isWhole ? { url, token, db, pid } : null;
}
