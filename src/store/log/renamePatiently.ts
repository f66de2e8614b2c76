/** Renaming over a file that somebody may be reading at this moment. */
import { rename } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const attempts = 8;

/** Windows refuses it while another process (a reader, a virus scanner) has the target open; that is soon over. */
export async function renamePatiently(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(from, to);
      return;
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      const mayPass = code === 'EPERM' || code === 'EACCES' || code === 'EBUSY';
      if (process.platform !== 'win32' || !mayPass || attempt === attempts) throw thrown;
      await pause(10 * 2 ** attempt);
    }
  }
}
