/** A copy of a trace for sharing: without secrets, and with all times and counts as they were. */
import { basename } from 'node:path';
import type { CopyResult } from '../protocol/maintenanceMessages.js';
import type { Redaction } from '../redaction/redaction.js';
import { TraceWriter } from '../store/native/traceWriter.js';
import { type CopyOptions, convertedTrace, writeCopy } from './convertFile.js';
import { assertFree } from './newTrace.js';
import { RedactedTrace } from './redactedTrace.js';
import { openSource } from './source.js';
import { countsOf } from './traceFacts.js';
import { Work } from './work.js';

export interface RedactOptions extends CopyOptions {
  readonly redaction: Redaction;
}

/**
 * A database of another recorder is converted, too.
 * @throws TraceError for whatever keeps the file from being read, or the new one from being written.
 */
export async function redactCopy(options: RedactOptions): Promise<Omit<CopyResult, 'type'>> {
  await assertFree(options);
  const name = basename(options.from);
  const source = await openSource(options.from, options.keys ?? []);
  try {
    const original = source.foreign
      ? await convertedTrace(source.foreign, name, options.work)
      : { writer: source.native, notices: [] };
    const { writer, notices } = await closing(original.writer, () =>
      redactedTrace(original.writer, name, options),
    );
    const all = [...original.notices, ...notices];
    return await closing(writer, () => writeCopy(options, source, writer, all));
  } finally {
    source.close();
  }
}

/**
 * A new trace in memory, to be closed: nothing of the other one's bytes is in it. Cancelled, it is not whole.
 */
export async function redactedTrace(
  from: TraceWriter,
  name: string,
  { redaction, work = new Work() }: Pick<RedactOptions, 'redaction' | 'work'>,
): Promise<{ readonly writer: TraceWriter; readonly notices: readonly string[] }> {
  const writer = await TraceWriter.create();
  try {
    const redacted = new RedactedTrace(from.database, writer.database, redaction);
    redacted.copyRunsAndSteps();
    const total = countsOf(from.database).llm_tokens;
    let done = 0;
    for (const tokens of redacted.copyCalls()) {
      done += tokens;
      work.report(done, total, `Redacting ${name}`);
      await work.pause();
      if (work.isCancelled) break;
    }
    return { writer, notices: redacted.notices() };
  } catch (thrown) {
    writer.close();
    throw thrown;
  }
}

async function closing<T>(writer: TraceWriter, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    writer.close();
  }
}
