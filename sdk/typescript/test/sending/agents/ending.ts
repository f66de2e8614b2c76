/** An agent that ends in one of many ways, with a call that is over and one that is open. */
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { trace } from '../../../src/index.js';

const [how = ''] = isMainThread ? process.argv.slice(2) : [workerData as string];

function record(): void {
  const run = trace.startRun('agent');
  const done = trace.startLlmStream({ model: 'done', parent: run });
  for (let index = 0; index < 2_500; index++) done.addToken(`t${index} `);
  done.end();
  const open = trace.startLlmStream({ model: 'open', parent: run });
  for (let index = 0; index < 10; index++) open.addToken(`t${index} `);
}

function recordAndEnd(): void {
  const run = trace.startRun('agent');
  const stream = trace.startLlmStream({ model: 'done', parent: run });
  for (let index = 0; index < 2_500; index++) stream.addToken(`t${index} `);
  stream.end();
  run.end();
}

const say = (word: string): void => void process.stdout.write(`${word}\n`);
const live = (): void => void setInterval(() => undefined, 1_000);
function close(): void {
  say('closing');
  setTimeout(() => process.exit(5), 300);
}

const ways: Readonly<Record<string, () => unknown>> = {
  normal: recordAndEnd,
  'left open': record,
  throw: () => {
    record();
    throw new Error('of the agent');
  },
  reject: () => {
    record();
    return Promise.reject(new Error('of the agent'));
  },
  exit: () => {
    record();
    process.exit(7);
  },
  'after a handled exception': () => {
    process.on('uncaughtException', () => say('handled'));
    recordAndEnd();
    throw new Error('of the agent');
  },
  signal: () => {
    record();
    live();
    say('ready');
  },
  'own handler': () => {
    process.on('SIGTERM', close);
    record();
    live();
    say('ready');
  },
  'own handler for once': () => {
    process.once('SIGTERM', close);
    record();
    live();
    say('ready');
  },
  'signal-exit': () => {
    // As the package does it.
    const emitter = { count: 1 };
    Object.assign(globalThis, { [Symbol.for('signal-exit emitter')]: emitter });
    const listen = (): void => {
      if (process.listeners('SIGTERM').length !== emitter.count) return;
      process.removeListener('SIGTERM', listen);
      say('cleaned up');
      process.kill(process.pid, 'SIGTERM');
    };
    process.on('SIGTERM', listen);
    record();
    live();
    say('ready');
  },
  worker: () => new Worker(new URL(import.meta.url), { workerData: 'left open' }),
  'worker that exits': () => new Worker(new URL(import.meta.url), { workerData: 'exit' }),
};

await ways[how]?.();
