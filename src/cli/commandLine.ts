/** The command line: which command was asked for, and how it ends. */
import { toTraceError } from '../protocol/errors.js';
import { stats, tokens } from './answers.js';
import { ExitCode, type Terminal } from './terminal.js';
import { escapeControls } from './terminalText.js';
import { UsageError } from './usageError.js';

const usage = `Usage:
  llm-stream capture [--port N] [--db FILE] [--upstream NAME=URL]… [-- COMMAND…]
                                               records what agents stream through it
  llm-stream stats FILE [--json]               figures of every run and call
  llm-stream tokens FILE --call ID [--from MS] [--to MS] [--json]
                                               one line a token

Options:
  --port N             where the capture listens on 127.0.0.1; a free port when left out
  --db FILE            the trace to write, or to go on with
  --upstream NAME=URL  one more upstream, reached below /NAME/; may be repeated
  --until-detached     ends the capture when the editor that started it is gone
  --json               JSON; times in milliseconds since the request was sent
  --call ID            the LLM call, by the id that "stats" shows
  --from MS            only tokens from this time on, in milliseconds since the request was sent
  --to MS              only tokens up to this time
  --key KEY            key of an encrypted trace; or set LLM_STREAM_KEY, which other users cannot see
  --help               this text

With a COMMAND, the capture runs it with OPENAI_BASE_URL, ANTHROPIC_BASE_URL and the like set, and ends with it.
Settings come from LLM_STREAM_*: docs/capture.md.
`;

type Command = (words: readonly string[], terminal: Terminal) => Promise<number>;

/** Runs one command; never throws, nor ends the process. `capture` is given: it knows where its processes lie. */
export async function runCommandLine(
  words: readonly string[],
  terminal: Terminal,
  capture: Command,
): Promise<number> {
  try {
    if (asksForHelp(words)) {
      terminal.stdout.write(usage);
      return ExitCode.done;
    }
    const [name, ...rest] = words;
    return await commandOf(name, { capture, stats, tokens })(rest, terminal);
  } catch (thrown) {
    const wrongUsage = thrown instanceof UsageError;
    const text = wrongUsage ? `${thrown.message}\n\n${usage}` : `${sentence(thrown)}\n`;
    terminal.stderr.write(text);
    return wrongUsage ? ExitCode.wrongUsage : ExitCode.failed;
  }
}

/** Not what stands behind `--`: that is another program's. */
function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end < 0 ? undefined : end).some((word) => /^(-h|--help)$/.test(word));
}

function commandOf(name: string | undefined, commands: Readonly<Record<string, Command>>): Command {
  if (name === undefined) throw new UsageError('What shall be done?');
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new UsageError(`There is no command "${name}".`);
  return command;
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
