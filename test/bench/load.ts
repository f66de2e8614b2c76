/** The capture under load: many streams for a minute, and one that is very long. Nothing may be missing. */
import type { ScenarioRequest } from '../mock/scenario.js';
import { trueText } from '../mock/truth.js';
import { recordedText } from '../clients/harness/recorded.js';
import type { Figure } from './figures.js';
import { peakMegabytes, processorSeconds } from './processUsage.js';
import { type Streamed, StreamingRig } from './streamingRig.js';

const goalMegabytes = 150;

export async function benchLoad({ seconds = 60 } = {}): Promise<Figure[]> {
  const chunksPerSecond = 50;
  const many = { gapsMs: [1_000 / chunksPerSecond], tokens: seconds * chunksPerSecond };
  return [
    ...(await load('100 streams of 50 chunks/s', Array<ScenarioRequest>(100).fill(many))),
    ...(await load('one stream of 100,000 tokens', [{ gapsMs: [0], tokens: 100_000 }])),
  ];
}

async function load(what: string, scenarios: readonly ScenarioRequest[]): Promise<Figure[]> {
  const rig = await StreamingRig.start();
  try {
    const { pid } = rig.capture.child;
    const start = performance.now();
    const startSeconds = usedSeconds(pid);
    const results = await rig.stream(scenarios, true);
    const seconds = (performance.now() - start) / 1_000;
    const share = ((usedSeconds(pid) - startSeconds) / seconds) * 100;
    const peak = (pid === undefined ? null : peakMegabytes(pid)) ?? NaN;
    const streamed = await rig.compare(results);
    const tokens = streamed.reduce((sum, { truth }) => sum + truth.tokens.length, 0);
    const broken = streamed.filter((one) => !isWhole(one)).length;
    const name = `Capture: ${what}`;
    console.log(
      `${name}: ${streamed.length - broken} of ${streamed.length} streams whole, ${tokens} tokens in ${seconds.toFixed(1)} s, ${share.toFixed(1)} % of a core, at most ${peak.toFixed(0)} MB`,
    );
    return [
      { name: `${name}, not whole`, unit: 'rows', by: 'max', goal: 0, limit: 0, samples: [broken] },
      ...(Number.isNaN(peak) ? [] : [memory(name, peak)]),
    ];
  } finally {
    await rig.dispose();
  }
}

const memory = (name: string, peak: number): Figure => ({
  ...{ name: `${name}, memory`, unit: 'MB', by: 'max', samples: [peak] },
  ...{ goal: goalMegabytes, limit: goalMegabytes },
});

const usedSeconds = (pid: number | undefined): number =>
  (pid === undefined ? null : processorSeconds(pid)) ?? NaN;

/** Each byte reached the client, and each token the trace. */
export function isWhole({ result, truth, call }: Streamed): boolean {
  return (
    result.isWhole &&
    result.bytes === truth.bytes &&
    call.state === 'completed' &&
    call.tokens.length === truth.tokens.length &&
    recordedText(call, 'text') === trueText(truth, 'text')
  );
}
