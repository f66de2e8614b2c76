import assert from 'node:assert/strict';
import {
  appendFile,
  chmod,
  cp,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventLog, type EventLogOptions } from '../../../../src/capture/log/eventLog.js';
import { epochMicroseconds } from '../../../../src/model/units.js';
import { Database } from '../../../../src/store/database.js';
import { lockState } from '../../../../src/store/log/captureLock.js';
import type { TraceEvent } from '../../../../src/store/log/traceEvent.js';
import { bundle } from './bundles.js';
import {
  callEnded,
  callStarted,
  expectedTokens,
  runStarted,
  storedCalls,
  tokensOf,
  until,
} from './sampleEvents.js';
import { itBesidesWindows } from '../../../runner/itWhere.js';

describe('event log', () => {
  let bundles: string;
  let folder: string;
  let trace: string;
  const opened: EventLog[] = [];

  before(async () => (bundles = await bundle({ fold: 'src/foldWorker.ts' })));
  after(() => rm(bundles, { recursive: true, force: true }));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-stream-log-'));
    trace = join(folder, 'agent.llmtrace');
  });

  afterEach(async () => {
    for (const log of opened.splice(0)) await log.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(options: Partial<EventLogOptions> = {}, path = trace): Promise<EventLog> {
    const log = await EventLog.open(path, {
      foldWorkerPath: join(bundles, 'fold.js'),
      onProblems: () => undefined,
      log: () => undefined,
      ...options,
    });
    opened.push(log);
    return log;
  }

  /** What a capture leaves that is killed now. */
  async function copyOfTheDead(): Promise<string> {
    const copy = await mkdtemp(join(folder, 'copy-'));
    for (const name of ['agent.llmtrace', 'agent.llmtrace-log']) {
      await cp(join(folder, name), join(copy, name));
    }
    return join(copy, 'agent.llmtrace');
  }

  it('makes an empty trace with a log and a lock, and leaves only the trace', async () => {
    const log = await open();
    assert.deepEqual((await readdir(folder)).sort(), [
      'agent.llmtrace',
      'agent.llmtrace-lock',
      'agent.llmtrace-log',
    ]);
    assert.equal(await lockState(trace), 'held');
    await log.close();
    assert.deepEqual(await readdir(folder), ['agent.llmtrace']);
    assert.equal((await storedCalls(trace)).size, 0);
  });

  it('makes the folder', async () => {
    const path = join(folder, 'new', 'folder', 'agent.llmtrace');
    await (await open({}, path)).close();
    assert.equal((await storedCalls(path)).size, 0);
  });

  it('has what was appended in the file at once, and in the trace in the end', async () => {
    const log = await open();
    assert.equal(log.append([runStarted, callStarted('a'), tokensOf('a', 0, 3)]), true);
    assert.deepEqual((await storedCalls(trace)).get('a')?.tokens, expectedTokens('a', 3));
    assert.equal(log.append([tokensOf('a', 3, 2), callEnded('a')]), true);
    await log.close();
    assert.deepEqual((await storedCalls(trace)).get('a'), {
      state: 'completed',
      tokens: expectedTokens('a', 5),
    });
    assert.equal(log.append([callStarted('late')]), false);
    await log.close();
  });

  it('measures how long writes take, and not when there is nothing to write', async () => {
    const log = await open();
    log.append([]);
    assert.equal(log.health().writeLatencyMs, null);
    log.append([runStarted]);
    const { p50, p99, max } = log.health().writeLatencyMs ?? assert.fail();
    assert.ok(p50 > 0 && p50 === p99 && p99 === max);
  });

  it('tells of what is in the log, in order', async () => {
    const log = await open();
    const told: TraceEvent[] = [];
    const listening = log.onAppended((events) => told.push(...events));
    log.onAppended(() => {
      throw new Error('A listener of no concern to the others');
    });
    log.append([runStarted, callStarted('a')]);
    log.append([tokensOf('a', 0, 1)]);
    listening.dispose();
    log.append([callEnded('a')]);
    assert.deepEqual(told, [runStarted, callStarted('a'), tokensOf('a', 0, 1)]);
  });

  it('goes on with a trace that is there', async () => {
    const first = await open();
    first.append([runStarted, callStarted('a'), tokensOf('a', 0, 2), callEnded('a')]);
    await first.close();
    const second = await open();
    second.append([callStarted('b'), tokensOf('b', 0, 1), callEnded('b')]);
    await second.close();
    assert.deepEqual([...(await storedCalls(trace)).keys()], ['a', 'b']);
    assert.deepEqual(second.notices, []);
  });

  itBesidesWindows('keeps who may read the trace', async () => {
    await (await open()).close();
    await chmod(trace, 0o640);
    const log = await open();
    log.append([runStarted]);
    await log.close();
    assert.equal((await stat(trace)).mode & 0o777, 0o640);
  });

  it('refuses what is not a trace of ours, and touches nothing', async () => {
    const database = await Database.open();
    database.exec('CREATE TABLE recipes (name TEXT)');
    const other = database.export();
    database.close();
    for (const [content, code] of [
      ['Dear diary', 'not-a-database'],
      [other, 'not-a-trace'],
    ] as const) {
      await writeFile(trace, content);
      await assert.rejects(open(), { name: 'TraceError', code });
      assert.deepEqual(await readFile(trace), Buffer.from(content));
      assert.deepEqual(await readdir(folder), ['agent.llmtrace']);
    }
  });

  it('refuses a trace that another capture records', async () => {
    await open();
    await assert.rejects(open(), { code: 'busy', message: /is being recorded by another/ });
  });

  it('refuses a folder that cannot be one, with a sentence', async () => {
    await writeFile(join(folder, 'file'), '');
    await assert.rejects(open({}, join(folder, 'file', 'agent.llmtrace')), {
      name: 'TraceError',
      code: 'not-found',
      message: /is not a folder that can be written into\. Choose another one\.$/,
    });
  });

  it('folds again and again while events come, and loses none', async () => {
    const log = await open({ foldAboveBytes: 0 });
    log.append([runStarted, callStarted('a'), callStarted('b')]);
    let count = 0;
    const append = (): void => {
      assert.equal(log.append([tokensOf('a', count, 5), tokensOf('b', count, 5)]), true);
      count += 5;
    };
    await until(() => {
      append();
      return log.health().folds >= 3;
    });
    const { fileBytes, logBytes } = log.health();
    assert.equal(fileBytes, (await stat(trace)).size);
    assert.equal(logBytes, (await stat(`${trace}-log`)).size);
    // While it runs, and when it has ended.
    for (const isClosed of [false, true]) {
      if (isClosed) await log.close();
      const calls = await storedCalls(trace);
      assert.deepEqual(calls.get('a')?.tokens, expectedTokens('a', count));
      assert.deepEqual(calls.get('b')?.tokens, expectedTokens('b', count));
    }
    assert.deepEqual(log.problems, []);
    assert.deepEqual(await readdir(folder), ['agent.llmtrace']);
  });

  it('says in the header of a cut log which one it goes on with, and from where', async () => {
    const log = await open({ foldAboveBytes: 0 });
    const header = async (): Promise<unknown> =>
      JSON.parse((await readFile(`${trace}-log`, 'utf8')).split('\n')[0] ?? '');
    const first = (await header()) as { id: string };
    log.append([runStarted, callStarted('a'), tokensOf('a', 0, 2_000)]);
    const bytes = (await stat(`${trace}-log`)).size;
    await until(() => log.health().folds === 1);
    await until(async () => ((await header()) as { id: string }).id !== first.id);
    assert.deepEqual(((await header()) as { previous?: unknown }).previous, {
      id: first.id,
      bytes,
    });
  });

  it('recovers what a capture that died has left, and says so', async () => {
    const log = await open();
    log.append([runStarted, callStarted('a'), tokensOf('a', 0, 1_234), callEnded('a')]);
    log.append([callStarted('b'), tokensOf('b', 0, 2), callStarted('c')]);
    const dead = await copyOfTheDead();
    await appendFile(`${dead}-log`, '{"type":"tokens","callId":"b","firstIn');
    const next = await open({}, dead);
    assert.deepEqual(next.notices, [
      'Recovered 1,236 tokens of 3 calls from a capture that ended unexpectedly.',
    ]);
    const calls = await storedCalls(dead);
    assert.equal(calls.get('a')?.state, 'completed');
    assert.deepEqual(calls.get('b'), { state: 'interrupted', tokens: expectedTokens('b', 2) });
    assert.equal(calls.get('c')?.state, 'interrupted');
  });

  it('marks as interrupted what was open in a trace whose log held nothing more', async () => {
    const log = await open({ foldAboveBytes: 0 });
    log.append([runStarted, callStarted('a'), tokensOf('a', 0, 2_000)]);
    await until(() => log.health().logBytes < 300);
    const next = await open({}, await copyOfTheDead());
    assert.deepEqual(next.notices, [
      'A capture ended unexpectedly; 1 call that had not ended is marked as interrupted.',
    ]);
  });

  it('leaves nothing open when it ends, also when all was folded before', async () => {
    const log = await open({ foldAboveBytes: 0 });
    const step = { stepId: 'stage', runId: 'run', stepType: 'stage', name: 'A stage' } as const;
    const atUs = epochMicroseconds(1_700_000_000_000_000);
    log.append([
      ...[runStarted, callStarted('a'), tokensOf('a', 0, 2_000), callEnded('a')],
      { type: 'step-started', ...step, atUs, status: 'running' },
    ]);
    await until(() => log.health().logBytes < 300);
    await log.close();
    const database = await Database.open(await readFile(trace));
    const states = `SELECT (SELECT status FROM runs) AS run, (SELECT status FROM steps WHERE type = 'stage') AS stage,
      (SELECT state FROM llm_calls) AS call`;
    const found = { ...database.get(states) };
    database.close();
    assert.deepEqual(found, { run: 'failed', stage: 'interrupted', call: 'completed' });
  });

  it('leaves the log of a later version alone', async () => {
    await writeFile(`${trace}-log`, '{"llmStreamLog":99,"id":"x"}\n');
    await assert.rejects(open(), { code: 'too-new' });
    assert.deepEqual(await readdir(folder), ['agent.llmtrace-log']);
  });

  it('removes the temporary files of a fold that died, and no others', async () => {
    const ours = ['.agent.llmtrace.0123456789ab.tmp', '.agent.llmtrace-log.0123456789ab.tmp'];
    const others = ['.other.llmtrace.0123456789ab.tmp', '.agent.llmtrace.tmp'];
    for (const name of [...ours, ...others]) await writeFile(join(folder, name), '');
    await (await open()).close();
    assert.deepEqual((await readdir(folder)).sort(), [...others, 'agent.llmtrace'].sort());
  });
});
