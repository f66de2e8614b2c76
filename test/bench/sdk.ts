/** What the TypeScript SDK costs an agent: each token, its loop, its share of a core. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { run } from '../../scripts/children.js';
import { repository } from '../../scripts/dependencies.mjs';
import { CaptureProcess } from '../clients/harness/captureProcess.js';
import type { Figure } from './figures.js';

interface Way {
  readonly name: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly words?: readonly string[];
}

const ways: readonly Way[] = [
  { name: 'a token' },
  { name: 'a token with options', words: ['options'] },
  { name: 'a token, one in ten sent', environment: { LLM_STREAM_TOKEN_SAMPLE_RATE: '0.1' } },
  { name: 'a token, only figures sent', environment: { LLM_STREAM_STORE_TOKENS: 'false' } },
  { name: 'a token, switched off', environment: { LLM_STREAM_ENABLED: 'false' } },
];

export async function benchSdk({ seconds = 5 } = {}): Promise<Figure[]> {
  await run(process.execPath, ['sdk/typescript/build.mjs'], { cwd: repository });
  const capture = await CaptureProcess.start({ upstreams: {} });
  const { url, token } = capture.address;
  const agent = async <T>(script: string, { words = [], environment = {} }: Way): Promise<T> => {
    const child = spawn(process.execPath, [`test/bench/sdk/${script}`, ...words], {
      cwd: repository,
      env: { ...process.env, LLM_STREAM_ENDPOINT: url, LLM_STREAM_TOKEN: token, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return JSON.parse(await text(child.stdout)) as T;
  };
  try {
    const figures: Figure[] = [];
    for (const way of ways) {
      const { median, p99 } = await agent<{ median: number; p99: number }>('addToken.mjs', way);
      figures.push(nanoseconds(`SDK: ${way.name}`, median, 1_000, 10_000));
      figures.push(nanoseconds(`SDK: ${way.name}, p99`, p99, 10_000, 500_000));
    }
    for (const [name, enabled] of [
      ['', 'true'],
      [', switched off', 'false'],
    ] as const) {
      const way = { name, words: [String(seconds)], environment: { LLM_STREAM_ENABLED: enabled } };
      figures.push(...loopFigures(name, await agent<Loop>('streams.mjs', way)));
    }
    return figures;
  } finally {
    await capture.dispose();
  }
}

interface Loop {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly load: number;
}

function loopFigures(suffix: string, { p50, p99, max, load }: Loop): Figure[] {
  const name = `SDK: 10 × 1 000 tokens/s${suffix}`;
  console.log(
    `${name}: loop held p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)}, max ${max.toFixed(1)} ms, ${(load * 100).toFixed(1)} % of a core`,
  );
  return [
    { ...{ name: `${name}, loop p99`, unit: 'ms', by: 'max' }, samples: [p99], goal: 4, limit: 50 },
    { ...{ name: `${name}, of a core`, unit: '%', by: 'max' }, samples: [load * 100], limit: 50 },
  ];
}

const nanoseconds = (name: string, value: number, goal: number, limit: number): Figure => ({
  ...{ name, goal, limit, samples: [value] },
  ...{ unit: 'ns', by: 'median' },
});
