/** What is given out when nothing is recorded. */
import type { LlmStream, Run, Step } from './api.js';
import { asyncDispose, dispose } from './disposing.js';

const nothing = (): void => {
  // Nothing is recorded.
};

const closing = {
  id: '',
  error: nothing,
  end: nothing,
  [dispose]: nothing,
  [asyncDispose]: () => Promise.resolve(),
};

export const inactiveRun: Run = Object.freeze(closing);
export const inactiveStep: Step = Object.freeze({
  ...closing,
  progress: nothing,
  phase: nothing,
});
export const inactiveStream: LlmStream = Object.freeze({
  ...closing,
  addToken: nothing,
  firstChunk: nothing,
});
