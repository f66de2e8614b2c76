import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openReader } from '../../src/formats/registry.js';
import { defaultStallRule } from '../../src/model/stalls.js';
import { tokenText } from '../../src/model/tokens.js';
import { openTrace } from '../../src/store/openTrace.js';
import { recoverFolder } from '../../src/capture/log/recovery.js';
import { bundle } from '../unit/capture/log/bundles.js';
import { until } from '../unit/capture/log/sampleEvents.js';
import { type ReadCall, missing, streams } from './captureLoad.js';

/** `LLM_STREAM_KILLS=200` for the figure of the documentation. */
const kills = Number(process.env['LLM_STREAM_KILLS'] ?? 12);
const seed = Number(process.env['LLM_STREAM_SEED'] ?? 1);
/** A trace is gone on with by so many processes, one after the other. */
const processesPerTrace = 5;
const longestLifeMs = 700;
const longestRecoveryMs = 250;

/** Mulberry32: the same moments for the same seed, as far as the machine is the same. */
function randomFrom(state: number): () => number {
  let at = state;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('a capture that is killed', function () {
  this.timeout(60_000 + kills * 5_000);
  const random = randomFrom(seed);
  let bundles: string;
  let root: string;
  const counts = { tokens: 0, lifeMs: 0, beforeReady: 0, inFold: 0, inRecovery: 0, recovered: 0 };

  before(async () => {
    bundles = await bundle({ fold: 'src/foldWorker.ts', writer: 'test/faults/captureWriter.ts' });
    root = await mkdtemp(join(tmpdir(), 'llm-stream-kills-'));
  });
  after(() =>
    Promise.all([bundles, root].map((folder) => rm(folder, { recursive: true, force: true }))),
  );

  function start(...args: string[]): ChildProcess {
    const child = spawn(process.execPath, [join(bundles, 'writer.js'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout?.setEncoding('utf8');
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** What every reader sees: file and log as one, recovered or not. */
  async function readAll(path: string): Promise<Map<string, ReadCall>> {
    // The very first process died before it had made the trace.
    if (!existsSync(path) && !existsSync(`${path}-log`)) return new Map();
    const queries = await openTrace({
      source: { kind: 'path', path },
      ...{ openReader, stallRule: defaultStallRule },
    });
    const calls = new Map<string, ReadCall>();
    for (const run of queries.summary().runs) {
      for (const { id, key, call } of queries.run(run.key).steps) {
        if (!call) continue;
        const columns = queries.tokens(key);
        const tokens = Array.from({ length: columns.count }, (_, at) => tokenText(columns, at));
        calls.set(id, { state: call.state, tokens });
      }
    }
    queries.close();
    return calls;
  }

  /** Has a byte for every batch that the process says to have written. */
  const acknowledgedPath = (trace: string, number: number): string =>
    join(dirname(trace), `acknowledged-${number}`);

  async function recordAndKill(trace: string, number: number): Promise<void> {
    const acknowledged = acknowledgedPath(trace, number);
    const child = start(trace, join(bundles, 'fold.js'), acknowledged, String(number));
    const said: string[] = [];
    child.stdout?.on('data', (text: string) => said.push(text));
    // Some die while they recover what the one before has left.
    if (random() < 0.8) await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')]);
    else await pause(random() * longestRecoveryMs);
    const readyMs = performance.now();
    await pause(random() * longestLifeMs);
    await kill(child);
    const text = said.join('');
    assert.doesNotMatch(text, /problems/);
    if (text.includes('ready')) counts.lifeMs += performance.now() - readyMs;
    else counts.beforeReady++;
    if ((await readdir(dirname(trace))).some((name) => name.endsWith('.tmp'))) counts.inFold++;
  }

  async function recoverAndKill(folder: string): Promise<void> {
    const child = start('recover', folder, join(bundles, 'fold.js'));
    const hasEnded = once(child, 'exit').then(() => true);
    const isOver = await Promise.race([hasEnded, pause(random() * longestRecoveryMs, false)]);
    await kill(child);
    if (!isOver) counts.inRecovery++;
  }

  const acknowledgedBatches = (trace: string, number: number): Promise<number> =>
    stat(acknowledgedPath(trace, number)).then(
      ({ size }) => size,
      () => 0,
    );

  const remains = async (folder: string): Promise<string[]> =>
    (await readdir(folder)).filter((name) => !name.startsWith('acknowledged'));

  async function check(trace: string, last: number, when: string): Promise<void> {
    const calls = await readAll(trace);
    const wrong: string[] = [];
    for (let number = 0; number <= last; number++) {
      wrong.push(...missing(calls, number, await acknowledgedBatches(trace, number)));
    }
    const there = wrong.length > 0 ? ` (${(await readdir(dirname(trace))).join(' ')})` : '';
    assert.deepEqual(wrong, [], `seed ${seed}, ${when}${there}`);
  }

  it(`has lost nothing of what it had acknowledged, ${kills} times`, async () => {
    for (let killed = 0; killed < kills;) {
      const folder = join(root, String(killed));
      const trace = join(folder, 'agent.llmtrace');
      await mkdir(folder);
      for (let number = 0; number < processesPerTrace && killed < kills; number++, killed++) {
        await recordAndKill(trace, number);
        await check(trace, number, `kill ${killed}`);
        if (random() < 0.3) {
          await recoverAndKill(folder);
          await check(trace, number, `kill ${killed}, then in its recovery`);
        }
        counts.tokens += streams * (await acknowledgedBatches(trace, number));
      }
      counts.recovered += (await recoverFolder(folder, join(bundles, 'fold.js'))).length;
      // A fold that outlived its capture takes away what it has made.
      await until(async () => (await remains(folder)).join() === 'agent.llmtrace');
      await check(trace, Math.min(processesPerTrace, killed) - 1, 'recovered');
    }
    const { tokens, lifeMs, beforeReady, inFold, inRecovery, recovered } = counts;
    process.stdout.write(
      `      ${kills} kills (seed ${seed}): ${tokens} tokens acknowledged at ` +
        `${Math.round((tokens / lifeMs) * 1_000)} tokens/s, 0 missing; ${inFold} in the middle of a fold, ` +
        `${beforeReady} before it recorded, ${inRecovery} more in a recovery; ${recovered} traces recovered\n`,
    );
  });
});
