/**
 * Records ten calls into PATH, folds and cuts the log all the time, and says after every append how many tokens are
 * written; until it is killed.
 *
 *     node --import=tsx captureWriter.ts PATH
 */
import { setTimeout as pause } from 'node:timers/promises';
import { callStarted, runStarted, tokensCame } from './log/logEvents.js';
import { SmallCapture } from './smallCapture.js';

const calls = Array.from({ length: 10 }, (_, number) => `call-${number}`);
const capture = await SmallCapture.begin(process.argv[2] ?? '');
capture.append(runStarted(), ...calls.map((call) => callStarted(call)));
for (let round = 0; ; round++) {
  capture.append(...calls.map((call) => tokensCame(call, 2 * round, 2)));
  process.stdout.write(`${(round + 1) * 2 * calls.length}\n`);
  if (round % 20 === 19) await capture.fold();
  await pause(5);
}
