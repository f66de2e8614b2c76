/** The command line: which command was asked for, and how it ends. */
import { toTraceError } from '../protocol/errors.js';
import { stats, tokens } from './answers.js';
import { type Command, ExitCode, type Terminal } from './terminal.js';
import { escapeControls } from './terminalText.js';
import { UsageError } from './usageError.js';

const usage = `Usage:
  llm-stream capture [--port N] [--db FILE] [--upstream NAME=URL]… [-- COMMAND…]
                                               records what agents stream through it
  llm-stream stats FILE [--json]               figures of every run and call
  llm-stream tokens FILE --call ID [--from MS] [--to MS] [--json]
                                               one line a token
  llm-stream aggregate FILE|FOLDER [--older-than DAYS]
                                               of long calls, keeps figures, text, and 20 tokens
  llm-stream migrate FILE [--to N]             to the newest version of the format, or to another
  llm-stream convert DATABASE [OUT]            an Agent Inspector database as a new trace
  llm-stream redact FILE [OUT]                 a copy without secrets, to be shared
  llm-stream retain FOLDER [--captures] [--dry-run]
                                               aggregates and deletes old traces, as the settings say
  llm-stream check-patterns                    which of LLM_STREAM_REDACTION_PATTERNS can be used

Options:
  --port N             where the capture listens on 127.0.0.1; a free port when left out
  --db FILE            the trace to write, or to go on with
  --upstream NAME=URL  one more upstream, reached below /NAME/; may be repeated
  --until-detached     ends the capture when the editor that started it is gone
  --json               JSON; times in milliseconds since the request was sent
  --call ID            the LLM call, by the id that "stats" shows
  --from MS            only tokens from this time on, in milliseconds since the request was sent
  --to MS              only tokens up to this time
  --older-than DAYS    only calls that began before; a folder needs it, or LLM_STREAM_AGGREGATE_AFTER_DAYS
  --to N               version of the format
  --dry-run            only says what would be done
  --captures           only traces with the name that captures give: capture-2026-11-20T14-05-03.llmtrace
  --replace            the new file may take the place of one that is there
  --progress           JSON lines while it works, and the result; the end of stdin cancels
  --key KEY            key of an encrypted trace; or set LLM_STREAM_KEY, which other users cannot see,
                       and which is the only way for "convert" and "redact"
  --help               this text

With a COMMAND, the capture runs it with OPENAI_BASE_URL, ANTHROPIC_BASE_URL and the like set, and ends with it.
Settings come from LLM_STREAM_*: docs/capture.md and docs/maintenance.md.
`;

/** Runs one command; never throws, nor ends the process. Those that need more of the process are given. */
export async function runCommandLine(
  words: readonly string[],
  terminal: Terminal,
  given: Readonly<Record<string, Command>>,
): Promise<number> {
  try {
    if (asksForHelp(words)) {
      terminal.stdout.write(usage);
      return ExitCode.done;
    }
    const [name, ...rest] = words;
    return await commandOf(name, { ...given, stats, tokens })(rest, terminal);
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
