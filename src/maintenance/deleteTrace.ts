/** Deletes a trace, with what lies beside it. */
import { rm } from 'node:fs/promises';
import { TraceError } from '../protocol/errors.js';
import { syncFolderOf } from '../store/log/syncFolder.js';
import { withTrace } from './heldTrace.js';
import { companionsOf, newestIn } from './traceAge.js';

/**
 * `newestUs` is the time of the newest thing that was in it when it was found too old.
 * @throws TraceError as {@link withTrace}: never a file that others write, or have written since.
 */
export function deleteTrace(path: string, newestUs: number): Promise<void> {
  return withTrace(path, async (trace) => {
    if ((await newestIn(trace.path)) !== newestUs) {
      throw new TraceError('busy', 'Something was recorded into it in the meantime.');
    }
    await trace.assertUntouched();
    const companions = await companionsOf(trace.path);
    for (const file of [...companions, trace.path]) await rm(file, { force: true });
    await syncFolderOf(trace.path);
  });
}
