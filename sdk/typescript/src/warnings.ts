/** What the person who runs the agent should know: each kind of it is said once, and never thrown. */
import process from 'node:process';

const said = new Set<string>();

/** @param sentence what happened, and what to do about it. */
export function warnOnce(kind: string, sentence: string): void {
  if (said.has(kind)) return;
  said.add(kind);
  try {
    process.emitWarning(sentence, 'LlmStreamWarning');
  } catch {
    // There is nobody to tell.
  }
}

/** For what is called by the agent: recording must never fail its work. */
export function safely<T>(otherwise: T, work: () => T): T {
  try {
    return work();
  } catch (error) {
    warnOnce(
      'internal',
      `llm-stream-sdk could not record something, and the agent goes on without it: ${messageOf(error)}. Please report it.`,
    );
    return otherwise;
  }
}

function messageOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'an error that cannot be shown';
  }
}
