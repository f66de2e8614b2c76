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
    warnUnrecorded(error);
    return otherwise;
  }
}

export function warnUnrecorded(error: unknown): void {
  warnOnce(
    'unrecorded',
    `llm-stream-sdk could not record something, and the agent goes on without it (${shown(error)}): check what was given to trace at this place.`,
  );
}

function shown(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'an error that cannot be shown';
  }
}
