/** One sentence for whoever runs the agent; each kind of trouble once. */
import { writeSync } from 'node:fs';

const name = 'LlmStreamWarning';

export class Warnings {
  private readonly said = new Set<string>();
  private isAtEnd = false;

  /** From now on nothing is printed that waits for a turn of the loop: there will be none. */
  processEnds(): void {
    this.isAtEnd = true;
  }

  once(kind: string, sentence: string): void {
    if (this.said.has(kind)) return;
    this.said.add(kind);
    this.say(sentence);
  }

  say(sentence: string): void {
    try {
      if (!this.isAtEnd) process.emitWarning(sentence, name);
      else if (!areOff()) writeSync(2, `(${name}) ${sentence}\n`);
    } catch {
      // Nobody listens.
    }
  }
}

const areOff = (): boolean =>
  process.env['NODE_NO_WARNINGS'] === '1' || process.execArgv.includes('--no-warnings');
