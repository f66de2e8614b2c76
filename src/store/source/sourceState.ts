/** Cheaply tells whether a database file, or a log beside it, may have changed. Only looks at the directory. */
import { realpath, stat } from 'node:fs/promises';

export interface SourceState {
  /** Equal as long as nothing has changed. */
  readonly key: string;
  /** False just after a write: another one could fall into the same tick of the file system's clock. */
  readonly isSettled: boolean;
}

/** Coarser than the clocks of the file systems in use. */
const clockTickMs = 50;

export async function sourceState(path: string): Promise<SourceState> {
  const real = await realpath(path).catch(() => path);
  const parts = await Promise.all(
    ['', '-wal', '-journal', '-log'].map((suffix) => part(real + suffix)),
  );
  return {
    key: parts.map(({ key }) => key).join(' '),
    isSettled: parts.every(({ isSettled }) => isSettled),
  };
}

async function part(path: string): Promise<SourceState> {
  try {
    const { dev, ino, size, mtimeNs, mtimeMs } = await stat(path, { bigint: true });
    return {
      key: [dev, ino, size, mtimeNs].join(','),
      isSettled: Math.abs(Date.now() - Number(mtimeMs)) >= clockTickMs,
    };
  } catch (thrown) {
    return { key: (thrown as NodeJS.ErrnoException).code ?? String(thrown), isSettled: true };
  }
}
