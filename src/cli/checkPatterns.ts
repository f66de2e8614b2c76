/** `check-patterns`: which of the user's redaction patterns can be used, told before anything relies on them. */
import { textsOf } from '../capture/environmentValues.js';
import type { Work } from '../maintenance/work.js';
import type { PatternsResult } from '../protocol/maintenanceMessages.js';
import { problemOfPattern } from '../redaction/validateRedaction.js';
import { type WorkProcess, runWork } from './longWork.js';
import type { Command } from './terminal.js';
import { UsageError } from './usageError.js';
import { parseWords } from './words.js';

export const checkingCommands = (
  process: WorkProcess,
): Readonly<Record<'check-patterns', Command>> => ({
  'check-patterns': (words, terminal) => {
    const { values, positionals } = parseWords('check-patterns', words, {
      progress: { type: 'boolean', default: false },
    });
    if (positionals.length > 0) throw new UsageError(`What is "${String(positionals[0])}"?`);
    const patterns = textsOf(terminal.env, 'LLM_STREAM_REDACTION_PATTERNS');
    return runWork(
      { terminal, process },
      values.progress,
      (work) => check(patterns, work),
      ({ problems }) => wordsOf(patterns, problems),
    );
  },
});

async function check(patterns: readonly string[], work: Work): Promise<PatternsResult> {
  const problems: (string | null)[] = [];
  for (const pattern of patterns) {
    if (work.isCancelled) break;
    work.report(problems.length, patterns.length, 'Trying redaction patterns');
    problems.push(problemOfPattern(pattern));
    await work.pause();
  }
  return { type: 'result', problems, cancelled: work.isCancelled };
}

function wordsOf(patterns: readonly string[], problems: PatternsResult['problems']): string[] {
  const lines = problems.flatMap((problem, position) =>
    problem === null ? [] : [`${JSON.stringify(patterns[position])} ${problem}`],
  );
  return lines.length > 0 ? lines : [`All of them can be used: ${patterns.length}.`];
}
