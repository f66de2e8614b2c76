/** Which redaction patterns can be used. Trying a bad one takes seconds: another process does it, once for each. */
import { TraceError } from '../protocol/errors.js';
import type { PatternsResult } from '../protocol/maintenanceMessages.js';
import type { Maintenance } from './maintenance.js';
import { patternsResult } from './maintenanceAnswers.js';

/** For each of the patterns what is wrong with it, as the rest of a sentence; null for one that can be used. */
export type TryPatterns = (patterns: readonly string[]) => Promise<PatternsResult['problems']>;

export class PatternVerdicts {
  private readonly known = new Map<string, string | null>();

  constructor(private readonly tryPatterns: TryPatterns) {}

  /** Undefined for one that was not tried yet. */
  of(pattern: string): string | null | undefined {
    return this.known.get(pattern);
  }

  /** @throws TraceError when they cannot be tried: then nothing may rely on them. */
  async learn(patterns: readonly string[]): Promise<void> {
    const unknown = [...new Set(patterns)].filter((pattern) => !this.known.has(pattern));
    if (unknown.length === 0) return;
    let problems: PatternsResult['problems'];
    try {
      problems = await this.tryPatterns(unknown);
    } catch (thrown) {
      throw new TraceError(
        'internal',
        'The redaction patterns of the settings could not be tried, so they are not relied on. Try again; the log ("LLM Stream: Show Log") has the details.',
        String(thrown),
      );
    }
    unknown.forEach((pattern, position) => {
      const problem = problems[position];
      if (problem !== undefined) this.known.set(pattern, problem);
    });
  }
}

/** By the command line. */
export async function tryPatterns(
  maintenance: Maintenance,
  patterns: readonly string[],
): Promise<PatternsResult['problems']> {
  const { problems } = await maintenance.run(
    {
      words: ['check-patterns'],
      environment: { LLM_STREAM_REDACTION_PATTERNS: JSON.stringify(patterns) },
      read: patternsResult,
    },
    { signal: new AbortController().signal, progressed: () => undefined },
  );
  return problems;
}
