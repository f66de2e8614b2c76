/** What is said to the person who runs the agent while a suite runs. */
import process from 'node:process';

/** Each kind is said once in a process: a test asks for what others do not say. */
export class HeardWarnings {
  private readonly heard: string[] = [];
  private readonly listen = (warning: Error): void => {
    if (warning.name === 'LlmStreamWarning') this.heard.push(warning.message);
  };

  constructor() {
    before(() => void process.on('warning', this.listen));
    after(() => void process.off('warning', this.listen));
  }

  /** Those that match; warnings are told in the next turn of the loop. */
  async of(pattern: RegExp): Promise<string[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.heard.filter((sentence) => pattern.test(sentence));
  }
}
