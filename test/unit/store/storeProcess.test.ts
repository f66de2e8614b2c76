import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { tokenText } from '../../../src/model/tokens.js';
import { TraceError } from '../../../src/protocol/errors.js';
import type { TraceSummary } from '../../../src/model/trace.js';
import { StoreClient } from '../../../src/store/process/client.js';
import { ExampleTrace, stallRule } from './exampleTrace.js';
import { Told } from './waiting.js';

describe('store process', function () {
  this.timeout(30_000);
  let folder: string;
  let modulePath: string;
  let path: string;
  let client: StoreClient;
  let progress: Told<number>;
  let ends: Told<TraceError>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'store-process-'));
    modulePath = join(folder, 'store.js');
    await build({
      entryPoints: [join(import.meta.dirname, '../../../src/storeProcess.ts')],
      outfile: modulePath,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
    });
    const sqlJs = dirname(createRequire(import.meta.url).resolve('sql.js'));
    copyFileSync(join(sqlJs, 'sql-wasm.wasm'), join(folder, 'sql-wasm.wasm'));
    path = join(folder, 'a.llmtrace');
    const trace = await ExampleTrace.create();
    trace.addCall('call-1', 1_000);
    writeFileSync(path, trace.writer.toBytes());
    trace.writer.close();
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    progress = new Told();
    ends = new Told();
    client = newClient(modulePath);
  });
  afterEach(() => client.dispose());

  const newClient = (module: string): StoreClient =>
    new StoreClient({
      modulePath: module,
      handlers: {
        progress: ({ fraction }) => progress.tell(fraction),
        changed: () => undefined,
        sourceLost: () => undefined,
      },
      onEnd: ends.tell,
    });

  const open = (document = 1): Promise<TraceSummary> =>
    client.request('open', {
      document,
      source: { kind: 'path', path },
      stallRule,
      confirmAboveBytes: Infinity,
      keys: [],
    });

  it('starts with the first request and answers all of them', async () => {
    assert.equal(client.isRunning, false);
    const { runs } = await open();
    assert.ok(progress.all.length > 0);
    const run = runs[0]!.key;
    const detail = await client.request('run', { document: 1, run });
    const call = detail.steps[0]!.key;
    const columns = await client.request('tokens', { document: 1, call, from: 900, count: 500 });
    assert.deepEqual([columns.count, columns.total, columns.generation], [100, 1_000, 1]);
    assert.equal(tokenText(columns, 99), 't999 ');
    assert.ok(columns.offsetUs instanceof Float64Array);
    const { sections } = await client.request('step', { document: 1, step: call });
    assert.equal(sections.length, 3);
    const rates = await client.request('rates', {
      document: 1,
      run,
      calls: [call],
      fromUs: detail.steps[0]!.startUs,
      toUs: detail.lengthUs,
      bins: 50,
    });
    assert.equal(rates.tokensPerSecond.length, 50);
  });

  it('passes failures on as sentences', async () => {
    await assert.rejects(
      client.request('run', { document: 5, run: 1 as never }),
      (error) => error instanceof TraceError && error.code === 'closed',
    );
  });

  it('rejects what waits when it is killed, says so, and starts anew with the next request', async () => {
    await open();
    const first = client.processId!;
    process.kill(first, 'SIGSTOP');
    const waiting = client.request('run', { document: 1, run: 1 as never });
    process.kill(first, 'SIGKILL');
    await assert.rejects(
      waiting,
      (error) => error instanceof TraceError && error.code === 'closed',
    );
    const end = await ends.next(() => true);
    assert.match(end.message, /ended unexpectedly/);
    assert.match(end.detail ?? '', /SIGKILL/);
    assert.equal(client.isRunning, false);
    await assert.rejects(
      client.request('run', { document: 1, run: 1 as never }),
      (error) => error instanceof TraceError && error.code === 'closed',
    );
    await open(2);
    assert.notEqual(client.processId, first);
  });

  it('is ended when it does not answer in time', async () => {
    await open();
    const stuck = client.processId!;
    process.kill(stuck, 'SIGSTOP');
    await assert.rejects(
      client.request('step', { document: 1, step: 1 as never }, { timeoutMs: 100 }),
      (error) => error instanceof TraceError && error.code === 'timeout',
    );
    assert.match((await ends.next(() => true)).detail ?? '', /SIGKILL/);
    await open(2);
  });

  it('says why it could not start', async () => {
    const broken = newClient(join(folder, 'missing.js'));
    await assert.rejects(
      broken.request('close', { document: 1 }),
      (error) => error instanceof TraceError && error.code === 'closed',
    );
    assert.match((await ends.next(() => true)).detail ?? '', /Cannot find module/);
    broken.dispose();
  });

  it('ends with its client, which takes no more requests', async () => {
    await open();
    const child = client.processId!;
    const waiting = client.request('run', { document: 1, run: 1 as never });
    client.dispose();
    await assert.rejects(waiting);
    await hasEnded(child);
    await assert.rejects(open(), (error) => error instanceof TraceError && error.code === 'closed');
    assert.deepEqual(ends.all, [], 'an end that was asked for is no news');
  });

  it('ends when the process that started it is killed', async () => {
    const parent = spawn(
      process.execPath,
      [
        '-e',
        `const child = require('node:child_process').fork(${JSON.stringify(modulePath)}, [], { serialization: 'advanced' });
         child.on('spawn', () => console.log(child.pid));`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [output] = (await once(parent.stdout, 'data')) as [Buffer];
    parent.kill('SIGKILL');
    await hasEnded(Number(output.toString()));
  });
});

/** Resolves when there is no such process; the test times out otherwise. */
function hasEnded(processId: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      try {
        process.kill(processId, 0);
      } catch {
        clearInterval(timer);
        resolve();
      }
    }, 20);
  });
}
