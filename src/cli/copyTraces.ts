/** The commands that make a new trace of a file: `convert` and `redact`. */
import { redactionFromEnvironment } from '../capture/environment.js';
import { convertFile } from '../maintenance/convertFile.js';
import { redactCopy } from '../maintenance/redactCopy.js';
import { createRedaction } from '../redaction/redaction.js';
import { type WorkProcess, runWork } from './longWork.js';
import { copyWords } from './maintenanceWords.js';
import type { Command, Terminal } from './terminal.js';
import { UsageError } from './usageError.js';
import { parseWords } from './words.js';

export const copyingCommands = (
  process: WorkProcess,
): Readonly<Record<'convert' | 'redact', Command>> => ({
  convert: (words, terminal) => {
    const { from, to, mayReplace, asJson } = requestOf('convert', words, '.llmtrace');
    const keys = keysOf(terminal);
    return runWork(
      { terminal, process },
      asJson,
      async (work) => {
        const copy = await convertFile({ from, to, keys, mayReplace, work });
        return { type: 'result', ...copy } as const;
      },
      copyWords,
    );
  },

  redact: (words, terminal) => {
    const { from, to, mayReplace, asJson } = requestOf('redact', words, '.redacted.llmtrace');
    const redaction = createRedaction(redactionFromEnvironment(terminal.env));
    const keys = keysOf(terminal);
    return runWork(
      { terminal, process },
      asJson,
      async (work) => {
        const copy = await redactCopy({ from, to, keys, mayReplace, work, redaction });
        return { type: 'result', ...copy } as const;
      },
      copyWords,
    );
  },
});

interface Request {
  readonly from: string;
  readonly to: string;
  readonly mayReplace: boolean;
  readonly asJson: boolean;
}

/** Without an OUT, the new file lies beside the other one. */
function requestOf(command: string, words: readonly string[], ending: string): Request {
  const { values, positionals } = parseWords(command, words, {
    progress: { type: 'boolean', default: false },
    replace: { type: 'boolean', default: false },
  });
  const [from, to, ...more] = positionals;
  if (from === undefined) throw new UsageError(`"${command}" needs a FILE.`);
  if (more.length > 0) throw new UsageError(`What is "${String(more[0])}"?`);
  return {
    from,
    to: to ?? from.replace(/\.(llmtrace|db|sqlite3?)$/i, '') + ending,
    mayReplace: values.replace,
    asJson: values.progress,
  };
}

/** From the environment only: other users see the words of a process. */
function keysOf({ env }: Terminal): string[] {
  const key = env['LLM_STREAM_KEY'];
  return key === undefined ? [] : [key];
}
