/** A database of another recorder as a new trace; the database stays as it is. */
import { basename } from 'node:path';
import { TraceError } from '../protocol/errors.js';
import type { CopyResult } from '../protocol/maintenanceMessages.js';
import { interruptOpenCalls } from '../store/log/interruptOpenCalls.js';
import { TraceWriter } from '../store/native/traceWriter.js';
import type { TraceReader } from '../store/traceReader.js';
import { ConvertedTrace } from './convertedTrace.js';
import { type Place, assertFree, writeNewTrace } from './newTrace.js';
import { type Source, openSource } from './source.js';
import { countsOf } from './traceFacts.js';
import { Work } from './work.js';

export interface CopyOptions extends Place {
  /** Keys to try on an encrypted database. */
  readonly keys?: readonly string[];
  readonly work?: Work;
}

/** @throws TraceError for whatever keeps the file from being read, or the new one from being written. */
export async function convertFile(options: CopyOptions): Promise<Omit<CopyResult, 'type'>> {
  await assertFree(options);
  const source = await openSource(options.from, options.keys ?? []);
  try {
    if (!source.foreign) throw isNative(options.from);
    const { writer, notices } = await convertedTrace(
      source.foreign,
      basename(options.from),
      options.work,
    );
    try {
      return await writeCopy(options, source, writer, notices);
    } finally {
      writer.close();
    }
  } finally {
    source.close();
  }
}

/** In memory; to be closed. Cancelled, it is not whole. */
export async function convertedTrace(
  reader: TraceReader,
  name: string,
  work = new Work(),
): Promise<{ readonly writer: TraceWriter; readonly notices: readonly string[] }> {
  const writer = await TraceWriter.create();
  try {
    const converted = new ConvertedTrace(reader, writer.database);
    const runs = reader.runs().toSorted((one, other) => one.key - other.key);
    for (const [done, run] of runs.entries()) {
      if (work.isCancelled) break;
      work.report(done, runs.length, `Converting ${name}`);
      converted.addRun(run);
      await work.pause();
    }
    const open = interruptOpenCalls(writer, 'was copied');
    return { writer, notices: [...reader.notices(), ...converted.notices(), ...openNotice(open)] };
  } catch (thrown) {
    writer.close();
    throw thrown;
  }
}

/** The writer's trace as the file that was asked for, unless that was cancelled. */
export async function writeCopy(
  options: CopyOptions,
  source: Source,
  writer: TraceWriter,
  notices: readonly string[],
): Promise<Omit<CopyResult, 'type'>> {
  const cancelled = options.work?.isCancelled ?? false;
  const { runs, llm_tokens: tokens } = countsOf(writer.database);
  const bytesAfter = cancelled ? 0 : await writeNewTrace(options, writer.database);
  return {
    ...{ path: options.to, runs, tokens, bytesBefore: source.bytes, bytesAfter, cancelled },
    notices: [...source.notices, ...notices],
  };
}

const openNotice = (calls: number): string[] =>
  calls === 0
    ? []
    : [
        calls === 1
          ? 'One call had not ended: it is marked as interrupted.'
          : `${calls} calls had not ended: they are marked as interrupted.`,
      ];

const isNative = (path: string): TraceError =>
  new TraceError(
    'invalid',
    `${basename(path)} is an LLM Stream trace already: there is nothing to convert.`,
  );
