/**
 * `npm run soak [-- --minutes 10 --streams 50]`: the real capture under streams that come and go. Fails when its
 * memory grows, when it keeps handles, when the file is larger than the format promises, or when a stream is not
 * whole. Needs /proc (Linux).
 */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { repository } from '../../scripts/dependencies.mjs';
import type { ScenarioRequest } from '../mock/scenario.js';
import { trueText } from '../mock/truth.js';
import { isWhole } from './load.js';
import { openDescriptors, residentMegabytes } from './processUsage.js';
import { type Streamed, StreamingRig } from './streamingRig.js';
import type { StreamResult } from './streamClient.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    streams: { type: 'string', default: '50' },
  },
});
const minutes = Number(values.minutes);
const streams = Number(values.streams);

const chunksPerSecond = 20;
const roundSeconds = 60;
/** The heap and its pools find their size in the beginning. */
const warmUpShare = 0.3;

/** MB a minute. The resident memory is what the system sees: it is noisier than what is in use. */
const steepestInUse = 0.5;
const steepestResident = 2;
/** docs/trace-format.md: about 25 bytes for a token of 4 characters. */
const bytesPerToken = 21;
/** Rows of a run and of its call, with the heads of request and response. */
const bytesPerCall = 1_024;
/** Each table and index has a page at least. */
const bytesOfEmptyTrace = 65_536;
/** Pages of SQLite are not all full. */
const mostOfPrediction = 1.2;

/** What the process holds between two rounds, garbage collected. */
interface Held {
  readonly atMinute: number;
  readonly inUseMegabytes: number;
  readonly residentMegabytes: number;
  readonly descriptors: number;
  readonly active: Readonly<Record<string, number>>;
}

interface Sample {
  readonly atMinute: number;
  readonly megabytes: number;
}

class Soak {
  readonly results: StreamResult[] = [];
  readonly resident: Sample[] = [];
  readonly held: Held[] = [];
  private readonly startMs = performance.now();

  constructor(
    private readonly rig: StreamingRig,
    private readonly pid: number,
    private readonly probeFile: string,
  ) {}

  get minute(): number {
    return (performance.now() - this.startMs) / 60_000;
  }

  async run(): Promise<void> {
    const gapsMs = [1_000 / chunksPerSecond];
    const scenario: ScenarioRequest = { gapsMs, tokens: roundSeconds * chunksPerSecond };
    const sampling = setInterval(() => {
      this.resident.push({ atMinute: this.minute, megabytes: residentMegabytes(this.pid) });
    }, 1_000);
    try {
      while (this.minute < minutes) {
        this.results.push(...(await this.rig.stream(Array(streams).fill(scenario), true)));
        this.held.push(await this.measured());
        console.log(`  minute ${this.minute.toFixed(1)}: ${said(this.held.at(-1))}`);
      }
    } finally {
      clearInterval(sampling);
    }
  }

  /** When the agents' connections are closed. */
  private async measured(): Promise<Held> {
    // A fold may run, and holds a pipe to its process: what is least, is kept.
    let least: Held | undefined;
    for (let attempt = 0; attempt < 5; attempt++) {
      const held = await this.ask();
      if (least === undefined || held.descriptors < least.descriptors) least = held;
      await pause(100);
    }
    if (least === undefined) throw new Error('Nothing was measured.');
    return least;
  }

  private async ask(): Promise<Held> {
    const before = await linesOf(this.probeFile);
    process.kill(this.pid, 'SIGUSR2');
    for (;;) {
      const lines = await linesOf(this.probeFile);
      if (lines.length > before.length) return this.read(lines.at(-1) ?? '');
      await pause(20);
    }
  }

  private read(line: string): Held {
    const told = JSON.parse(line) as {
      readonly heapUsed: number;
      readonly external: number;
      readonly active: Readonly<Record<string, number>>;
    };
    return {
      atMinute: this.minute,
      inUseMegabytes: (told.heapUsed + told.external) / 1e6,
      residentMegabytes: residentMegabytes(this.pid),
      descriptors: openDescriptors(this.pid),
      active: told.active,
    };
  }
}

const said = (held: Held | undefined): string =>
  held === undefined
    ? ''
    : `${held.inUseMegabytes.toFixed(1)} MB in use, ${held.residentMegabytes.toFixed(0)} MB resident, ${held.descriptors} descriptors, ${JSON.stringify(held.active)}`;

async function linesOf(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').slice(0, -1);
}

/** MB a minute, by least squares. */
function slope(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [middle, level] = [mean(({ atMinute }) => atMinute), mean(({ megabytes }) => megabytes)];
  const covariance = mean(({ atMinute, megabytes }) => (atMinute - middle) * (megabytes - level));
  return covariance / mean(({ atMinute }) => (atMinute - middle) ** 2);
}

const active = ({ active }: Held, name: string): number => active[name] ?? 0;

/** Sentences about what is not as it should be; prints all figures. */
function judged(soak: Soak, streamed: readonly Streamed[], fileBytes: number): string[] {
  const warm = <T extends { readonly atMinute: number }>(samples: readonly T[]): T[] =>
    samples.filter(({ atMinute }) => atMinute > minutes * warmUpShare);
  const held = warm(soak.held);
  const [first, last] = [held[0], held.at(-1)];
  // Of fewer points, a slope says nothing.
  if (!first || !last || held.length < 3) throw new Error('Too short: give it 5 minutes or more.');
  const inUse = slope(held.map((one) => ({ ...one, megabytes: one.inUseMegabytes })));
  const resident = slope(warm(soak.resident));
  const tokens = streamed.reduce((sum, { truth }) => sum + truth.tokens.length, 0);
  const broken = streamed.filter((one) => !isWhole(one)).length;
  const textBytes = streamed.reduce((sum, { truth }) => sum + trueText(truth, 'text').length, 0);
  const predicted =
    bytesOfEmptyTrace + tokens * bytesPerToken + textBytes + streamed.length * bytesPerCall;
  const mostResident = Math.max(...soak.resident.map(({ megabytes }) => megabytes));
  console.log(
    [
      `${streamed.length - broken} of ${streamed.length} streams whole, ${tokens} tokens in ${soak.minute.toFixed(1)} minutes`,
      `memory in use: ${inUse.toFixed(3)} MB/min (${first.inUseMegabytes.toFixed(1)} MB → ${last.inUseMegabytes.toFixed(1)} MB)`,
      `resident memory: ${resident.toFixed(3)} MB/min, at most ${mostResident.toFixed(0)} MB`,
      `descriptors: ${first.descriptors} → ${last.descriptors}; timers: ${active(first, 'Timeout')} → ${active(last, 'Timeout')}`,
      `trace: ${(fileBytes / 1e6).toFixed(1)} MB, ${(predicted / 1e6).toFixed(1)} MB predicted, ${(fileBytes / tokens).toFixed(1)} bytes a token of ${(textBytes / tokens).toFixed(1)} characters`,
    ].join('\n'),
  );
  const problems: readonly (readonly [boolean, string])[] = [
    [broken > 0, `${broken} streams are not whole.`],
    [inUse > steepestInUse, `The memory in use grows by more than ${steepestInUse} MB/min.`],
    [resident > steepestResident, `The resident memory grows by over ${steepestResident} MB/min.`],
    [last.descriptors > first.descriptors + 2, 'Descriptors are not closed.'],
    [active(last, 'Timeout') > active(first, 'Timeout') + 2, 'Timers are not cleared.'],
    [fileBytes > mostOfPrediction * predicted, 'The trace is larger than its format promises.'],
  ];
  return problems.filter(([isSo]) => isSo).map(([, sentence]) => sentence);
}

const folder = await mkdtemp(join(tmpdir(), 'llm-stream-soak-'));
const probeFile = join(folder, 'probe.ndjson');
const probe = pathToFileURL(join(repository, 'test/bench/soakProbe.mjs')).href;
const rig = await StreamingRig.start({
  NODE_OPTIONS: `--import ${probe}`,
  LLM_STREAM_SOAK_PROBE: probeFile,
});
try {
  const { pid } = rig.capture.child;
  if (pid === undefined) throw new Error('The capture has no process id.');
  console.log(`${streams} streams of ${chunksPerSecond} tokens/s for ${minutes} minutes:`);
  const soak = new Soak(rig, pid, probeFile);
  await soak.run();
  const streamed = await rig.compare(soak.results);
  const problems = judged(soak, streamed, (await stat(rig.capture.db)).size);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
} finally {
  await rig.dispose();
  await rm(folder, { recursive: true, force: true });
}
