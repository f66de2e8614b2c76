/** The commands that answer from a trace file: `stats` and `tokens`. */
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openReader } from '../formats/registry.js';
import { defaultStallRule } from '../model/stalls.js';
import { openTrace } from '../store/openTrace.js';
import type { TraceQueries } from '../store/traceQueries.js';
import { statsJson, statsTable } from './stats.js';
import { ExitCode, type Terminal } from './terminal.js';
import { tokenLines } from './tokens.js';
import { UsageError } from './usageError.js';
import { onlyFile, parseWords } from './words.js';

type Answer = (trace: TraceQueries) => Generator<string>;

const ofEveryAnswer = {
  json: { type: 'boolean', default: false },
  key: { type: 'string' },
} as const;

export async function stats(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseWords('stats', words, ofEveryAnswer);
  const path = onlyFile('stats', positionals);
  return answer(path, values.key, values.json ? statsJson : statsTable, terminal);
}

export async function tokens(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseWords('tokens', words, {
    ...ofEveryAnswer,
    call: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
  });
  const { call } = values;
  if (call === undefined) throw new UsageError('"tokens" needs --call ID.');
  const path = onlyFile('tokens', positionals);
  const request = {
    callId: call,
    fromMs: time('--from', values.from, -Infinity),
    toMs: time('--to', values.to, Infinity),
    format: values.json ? 'json' : 'text',
  } as const;
  return answer(path, values.key, (trace) => tokenLines(trace, request), terminal);
}

function time(option: string, given: string | undefined, otherwise: number): number {
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (given.trim() === '' || Number.isNaN(value)) {
    throw new UsageError(`${option} takes a number of milliseconds: what is "${given}"?`);
  }
  return value;
}

async function answer(
  path: string,
  key: string | undefined,
  linesOf: Answer,
  terminal: Terminal,
): Promise<number> {
  const keys = [key, terminal.env['LLM_STREAM_KEY']].filter((given) => given !== undefined);
  const trace = await openTrace({
    source: { kind: 'path', path },
    openReader,
    stallRule: defaultStallRule,
    keys,
  });
  try {
    await write(linesOf(trace), terminal.stdout);
    return ExitCode.done;
  } catch (thrown) {
    // Whoever reads our output has seen enough (`| head`): that is no failure.
    if (isClosedPipe(thrown)) return ExitCode.done;
    throw thrown;
  } finally {
    trace.close();
  }
}

/** Waits whenever the reader of the output is slower. */
async function write(pieces: Iterable<string>, stdout: Writable): Promise<void> {
  await pipeline(Readable.from(pieces), stdout, { end: false });
}

function isClosedPipe(thrown: unknown): boolean {
  const { code } = thrown as NodeJS.ErrnoException;
  return code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}
