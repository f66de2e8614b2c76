/** An agent that makes a million tokens, as quickly as it can but for a turn of the loop here and there. */
import { trace } from '../../../src/index.js';

const tokensOfCall = 10_000;
const megabytes = (): number => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1_000_000;
};

const before = megabytes();
let most = 0;
for (let call = 0; call < 100; call++) {
  const stream = trace.startLlmStream({ model: 'some-model' });
  for (let index = 0; index < tokensOfCall; index++) {
    stream.addToken(`word${index} `);
    if (index % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  stream.end();
  if (call % 10 === 9) most = Math.max(most, megabytes() - before);
}
process.stdout.write(`${most.toFixed(0)}\n`);
