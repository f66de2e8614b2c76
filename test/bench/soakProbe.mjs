// Loaded into the capture by `npm run soak`: on SIGUSR2, one line of JSON says what the process holds.
import { appendFileSync } from 'node:fs';
import v8 from 'node:v8';
import vm from 'node:vm';

const file = process.env.LLM_STREAM_SOAK_PROBE;

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc');

process.on('SIGUSR2', () => {
  collect();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  const active = {};
  for (const name of process.getActiveResourcesInfo()) active[name] = (active[name] ?? 0) + 1;
  appendFileSync(file, `${JSON.stringify({ heapUsed, external, arrayBuffers, active })}\n`);
});
