/** What was said to the person who runs the agent. Each kind is said once in a process: by whichever test came first. */
import process from 'node:process';

const heard: string[] = [];

process.on('warning', ({ name, message }) => {
  if (name === 'LlmStreamWarning') heard.push(message);
});

/** Those that match; they are told in the next turn of the loop. */
export async function warningsLike(pattern: RegExp): Promise<string[]> {
  await new Promise((resolve) => setImmediate(resolve));
  return heard.filter((sentence) => pattern.test(sentence));
}
