// An agent with ten streams of 1 000 tokens a second: how long its loop was held, and what it needed of a core.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { trace } from '../../../sdk/typescript/dist/index.js';

const seconds = Number(process.argv[2]);
const everyMs = 5;
const tokensPerMs = 1;

const streams = Array.from({ length: 10 }, () => trace.startLlmStream({ model: 'some-model' }));
// Not the start of the process.
const work = pushTokens();
await pause(500);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const begin = performance.now();
const before = process.cpuUsage();
await pause(seconds * 1_000);
const { user, system } = process.cpuUsage(before);
const load = (user + system) / 1_000 / (performance.now() - begin);
delay.disable();
clearInterval(work);
for (const stream of streams) stream.end();
await trace.flush();
const [p50, p99, max] = [delay.percentile(50), delay.percentile(99), delay.max];
console.log(JSON.stringify({ p50: p50 / 1e6, p99: p99 / 1e6, max: max / 1e6, load }));

function pushTokens() {
  let sent = 0;
  const start = performance.now();
  return setInterval(() => {
    const due = Math.floor((performance.now() - start) * tokensPerMs);
    for (; sent < due; sent++) for (const stream of streams) stream.addToken(`word${sent} `);
  }, everyMs);
}
