import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventLog } from '../../../../src/capture/log/eventLog.js';
import { recoverFolder } from '../../../../src/capture/log/recovery.js';
import { ownLockOwner } from '../../../../src/store/log/lockOwner.js';
import { bundle } from './bundles.js';
import {
  callEnded,
  callStarted,
  expectedTokens,
  runStarted,
  storedCalls,
  tokensOf,
} from './sampleEvents.js';

describe('recovery of a folder', () => {
  let bundles: string;
  let worker: string;
  let folder: string;

  before(async () => {
    bundles = await bundle({ fold: 'src/foldWorker.ts' });
    worker = join(bundles, 'fold.js');
  });
  after(() => rm(bundles, { recursive: true, force: true }));

  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'llm-stream-recovery-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function capture(name: string): Promise<EventLog> {
    const log = await EventLog.open(join(folder, name), {
      foldWorkerPath: worker,
      log: () => undefined,
    });
    log.append([runStarted, callStarted(name), tokensOf(name, 0, 3)]);
    return log;
  }

  it('puts the logs of dead captures into their traces, and leaves living ones alone', async () => {
    const living = await capture('living.llmtrace');
    const dying = await capture('dying.llmtrace');
    for (const end of ['', '-log']) {
      await cp(join(folder, `dying.llmtrace${end}`), join(folder, `dead.llmtrace${end}`));
    }
    await dying.close();
    const dead = { ...ownLockOwner('0'.repeat(32)), processStart: '1', pid: 2 ** 22 + 1 };
    await writeFile(join(folder, 'dead.llmtrace-lock'), JSON.stringify(dead));
    await writeFile(join(folder, '.dead.llmtrace.0123456789ab.tmp'), 'half a fold');
    await writeFile(join(folder, '.living.llmtrace.0123456789ab.tmp'), 'half a fold');
    await writeFile(join(folder, 'notes.txt'), 'not ours');

    assert.deepEqual(await recoverFolder(folder, worker), [
      'dead.llmtrace: Recovered 3 tokens of 1 call from a capture that ended unexpectedly.',
    ]);
    assert.deepEqual((await readdir(folder)).sort(), [
      '.living.llmtrace.0123456789ab.tmp',
      'dead.llmtrace',
      'dying.llmtrace',
      'living.llmtrace',
      'living.llmtrace-lock',
      'living.llmtrace-log',
      'notes.txt',
    ]);
    assert.deepEqual((await storedCalls(join(folder, 'dead.llmtrace'))).get('dying.llmtrace'), {
      state: 'interrupted',
      tokens: expectedTokens('dying.llmtrace', 3),
    });
    assert.deepEqual(await recoverFolder(folder, worker), []);
    living.append([callEnded('living.llmtrace')]);
    await living.close();
  });

  it('makes the trace where only its log is left', async () => {
    const log = await capture('a.llmtrace');
    await cp(join(folder, 'a.llmtrace-log'), join(folder, 'b.llmtrace-log'));
    await log.close();
    assert.equal((await recoverFolder(folder, worker)).length, 1);
    assert.equal((await storedCalls(join(folder, 'b.llmtrace'))).size, 1);
  });

  it('says what it could not recover, keeps its log, and goes on with the others', async () => {
    await (await capture('z.llmtrace')).close();
    await writeFile(join(folder, 'a.llmtrace'), 'overwritten by a person');
    await writeFile(join(folder, 'a.llmtrace-log'), '{"llmStreamLog":1,"id":"x"}\n');
    await writeFile(join(folder, 'b.llmtrace-log'), '{"llmStreamLog":7,"id":"x"}\n');
    await writeFile(join(folder, 'c.llmtrace-log'), 'garbage\n\u0000\n{"type":1}\n');
    const sentences = await recoverFolder(folder, worker);
    assert.equal(sentences.length, 2);
    assert.match(
      sentences[0] ?? '',
      /^a\.llmtrace could not be recovered, its log is kept: a\.llmtrace is not a trace/,
    );
    assert.match(sentences[1] ?? '', /^b\.llmtrace could not be recovered.* version 7/);
    assert.deepEqual((await readdir(folder)).sort(), [
      ...['a.llmtrace', 'a.llmtrace-log', 'b.llmtrace-log', 'c.llmtrace', 'z.llmtrace'],
    ]);
  });

  it('has nothing to do in a folder that is not there', async () => {
    assert.deepEqual(await recoverFolder(join(folder, 'none'), worker), []);
  });
});
