/** The command line: what was asked, what is answered, and how it ends. */
import { parseArgs } from 'node:util';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openReader } from '../formats/registry.js';
import { defaultStallRule } from '../model/stalls.js';
import { TraceError, toTraceError } from '../protocol/errors.js';
import { openTrace } from '../store/openTrace.js';
import type { TraceQueries } from '../store/traceQueries.js';
import { statsJson, statsTable } from './stats.js';
import { escapeControls } from './terminalText.js';
import { type TokenRequest, tokenLines } from './tokens.js';

export interface Terminal {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const ExitCode = { done: 0, failed: 1, wrongUsage: 2 } as const;

const usage = `Usage:
  llm-stream stats FILE [--json]               figures of every run and call
  llm-stream tokens FILE --call ID [--from MS] [--to MS] [--json]
                                               one line a token

Options:
  --json       JSON; times in milliseconds since the request was sent
  --call ID    the LLM call, by the id that "stats" shows
  --from MS    only tokens from this time on, in milliseconds since the request was sent
  --to MS      only tokens up to this time
  --key KEY    key of an encrypted trace; or set LLM_STREAM_KEY, which other users cannot see
  --help       this text
`;

class UsageError extends Error {}

type Answer = (trace: TraceQueries) => Generator<string>;

interface Options {
  readonly json: boolean;
  readonly call?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

interface Command {
  readonly path: string;
  readonly key: string | undefined;
  readonly answer: Answer;
}

/** Runs one command; never throws, nor ends the process. */
export async function runCommandLine(
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  try {
    const command = parseCommand(words);
    if (command === 'help') await write([usage], terminal.stdout);
    else await answer(command, terminal);
    return ExitCode.done;
  } catch (thrown) {
    // Whoever reads our output has seen enough (`| head`): that is no failure.
    if (isClosedPipe(thrown)) return ExitCode.done;
    const wrongUsage = thrown instanceof UsageError;
    const text = wrongUsage ? `${thrown.message}\n\n${usage}` : `${sentence(thrown)}\n`;
    terminal.stderr.write(text);
    return wrongUsage ? ExitCode.wrongUsage : ExitCode.failed;
  }
}

function parseCommand(words: readonly string[]): Command | 'help' {
  const { values, positionals } = parseWords(words);
  if (values.help) return 'help';
  const [name, path, ...more] = positionals;
  const answer = answerOf(name, values);
  if (path === undefined) throw new UsageError(`"${String(name)}" needs a FILE.`);
  if (more.length > 0)
    throw new UsageError(`Only one FILE at a time: what is "${String(more[0])}"?`);
  return { path, key: values.key, answer };
}

function parseWords(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        call: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        key: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function answerOf(name: string | undefined, { json, call, from, to }: Options): Answer {
  switch (name) {
    case 'stats':
      if (call !== undefined || from !== undefined || to !== undefined) {
        throw new UsageError('"stats" takes no --call, --from or --to.');
      }
      return json ? statsJson : statsTable;
    case 'tokens':
      if (call === undefined) throw new UsageError('"tokens" needs --call ID.');
      return answerTokens({
        callId: call,
        fromMs: time('--from', from, -Infinity),
        toMs: time('--to', to, Infinity),
        format: json ? 'json' : 'text',
      });
    case undefined:
      throw new UsageError('What shall be done?');
    default:
      throw new UsageError(`There is no command "${name}".`);
  }
}

const answerTokens =
  (request: TokenRequest): Answer =>
  (trace) =>
    tokenLines(trace, request);

function time(option: string, given: string | undefined, otherwise: number): number {
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (given.trim() === '' || Number.isNaN(value)) {
    throw new UsageError(`${option} takes a number of milliseconds: what is "${given}"?`);
  }
  return value;
}

async function answer({ path, key, answer: linesOf }: Command, terminal: Terminal): Promise<void> {
  const keys = [key, terminal.env['LLM_STREAM_KEY']].filter((given) => given !== undefined);
  const trace = await openTrace({
    source: { kind: 'path', path },
    openReader,
    stallRule: defaultStallRule,
    keys,
  });
  try {
    await write(linesOf(trace), terminal.stdout);
  } finally {
    trace.close();
  }
}

/** Waits whenever the reader of the output is slower. */
async function write(pieces: Iterable<string>, stdout: Writable): Promise<void> {
  await pipeline(Readable.from(pieces), stdout, { end: false });
}

function sentence(thrown: unknown): string {
  const error = toTraceError(thrown);
  const what =
    error.code === 'key-needed'
      ? `${error.message} On the command line: --key KEY, or LLM_STREAM_KEY in the environment.`
      : error.message;
  // There is no log that a command line could point to.
  return escapeControls(error.code === 'internal' ? `${what} ${error.detail ?? ''}` : what);
}

function isClosedPipe(thrown: unknown): boolean {
  const code = thrown instanceof TraceError ? undefined : (thrown as NodeJS.ErrnoException).code;
  return code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}
