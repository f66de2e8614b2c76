// An agent whose only work is to add tokens: how long each call takes, in nanoseconds, on standard output.
import { setImmediate as turn } from 'node:timers/promises';
import { trace } from '../../../sdk/typescript/dist/index.js';

const calls = 40;
const tokensOfCall = 5_000;
const tokensOfTurn = 50;
const [how] = process.argv.slice(2);
const options = how === 'options' ? { kind: 'reasoning', metadata: { logprob: -0.02 } } : undefined;

const samples = new Float64Array(calls * tokensOfCall);
const empty = new Float64Array(10_000);
let count = 0;
for (let call = 0; call < calls; call++) {
  const stream = trace.startLlmStream({ model: 'some-model', prompt: 'Say hello.' });
  for (let index = 0; index < tokensOfCall; index++) {
    const text = `word${index} `;
    const before = performance.now();
    stream.addToken(text, options);
    samples[count++] = (performance.now() - before) * 1e6;
    if (index % tokensOfTurn === 0) await turn();
  }
  stream.end();
}
for (let index = 0; index < empty.length; index++) {
  const before = performance.now();
  empty[index] = (performance.now() - before) * 1e6;
}
await trace.flush(30_000);

const percentile = (values, percent) => values.sort()[Math.floor((percent / 100) * values.length)];
const clock = percentile(empty, 50);
// The first quarter is what V8 needs to compile.
const warm = samples.slice(samples.length / 4);
const [median, p99] = [50, 99].map((percent) => Math.max(0, percentile(warm, percent) - clock));
console.log(JSON.stringify({ median, p99 }));
