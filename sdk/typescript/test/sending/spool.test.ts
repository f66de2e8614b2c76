/** What happens on disk while the capture is away. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../../test/clients/harness/eventually.js';
import { createOutbox } from '../../src/sending/createOutbox.js';
import type { Outbox } from '../../src/sending/outbox.js';
import { Spool } from '../../src/sending/spool.js';
import { Warnings } from '../../src/sending/warnings.js';
import { Child } from './harness/child.js';
import { FakeCapture, type FakeCaptureOptions, freePort } from './harness/fakeCapture.js';
import { putCall, runStart, textsUpTo } from './harness/recording.js';
import { settingsFor } from './harness/settings.js';
import { watchWarnings } from './harness/warnings.js';
import { itBesidesWindows } from '../../../../test/runner/itWhere.js';

describe('spool', () => {
  const sentences = watchWarnings();
  const captures: FakeCapture[] = [];
  let folder = '';

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'llm-stream-spool-test-')), 'spool');
  });
  afterEach(async () => {
    for (const capture of captures.splice(0)) await capture.stop();
    await rm(join(folder, '..'), { recursive: true, force: true });
  });

  const start = async (options: FakeCaptureOptions = {}): Promise<FakeCapture> => {
    const capture = await FakeCapture.start(options);
    captures.push(capture);
    return capture;
  };
  const outboxFor = (port: number, changed = {}): Outbox =>
    createOutbox(
      settingsFor(`http://127.0.0.1:${port}`, {
        ...{ whenAway: 'spool', spoolFolder: folder },
        ...changed,
      }),
    );
  const files = (): Promise<string[]> => readdir(folder).catch(() => []);
  const isEmpty = (names: readonly string[]): boolean => names.length === 0;
  const spooled = async (): Promise<string> => {
    const texts = (await files()).map((name) => readFile(join(folder, name), 'utf8'));
    return (await Promise.all(texts)).join('');
  };

  it('keeps lines while the capture is away, for this user only, and sends them in their order', async () => {
    const port = await freePort();
    const outbox = outboxFor(port);
    for (const id of ['one', 'two']) {
      putCall(outbox, id, 2_500);
      await eventually(spooled, (text) => text.includes(`"llm_call_end","llm_call_id":"${id}"`));
    }
    const [name, ...others] = await files();
    assert.ok(name && others.length === 0);
    if (process.platform !== 'win32') {
      assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
      assert.equal((await stat(folder)).mode & 0o777, 0o700);
    }
    const capture = await start({ port });
    putCall(outbox, 'three', 10);
    assert.equal(await outbox.flush(), true);
    assert.deepEqual(
      capture.eventsOf('llm_call_end').map(({ llm_call_id }) => llm_call_id),
      ['one', 'two', 'three'],
    );
    for (const id of ['one', 'two']) assert.deepEqual(capture.textsOf(id), textsUpTo(2_500));
    await eventually(files, isEmpty);
  });

  it('keeps far more than may wait in memory', async () => {
    const port = await freePort();
    const outbox = outboxFor(port, { bufferMegabytes: 1 });
    for (let call = 0; call < 100; call++) {
      putCall(outbox, `call-${call}`, 1_000);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    const capture = await start({ port });
    assert.equal(await outbox.flush(10_000), true);
    for (let call = 0; call < 100; call++) {
      assert.deepEqual(capture.textsOf(`call-${call}`), textsUpTo(1_000));
    }
  });

  it('leaves what it could not send to the next agent', async () => {
    const port = await freePort();
    const words = [`http://127.0.0.1:${port}`, folder, 'first', '3'];
    const { code, errors } = await new Child('spooling.ts', words).ended;
    assert.equal(code, 0);
    assert.match(errors, /the rest is kept in .*, and sent by the next agent/);
    const [name, ...others] = await files();
    assert.match(name ?? '', /^left-/);
    assert.deepEqual(others, []);
    const capture = await start({ port });
    const second = await new Child('spooling.ts', [...words.slice(0, 2), 'second', '1']).ended;
    assert.equal(second.errors, '');
    for (const id of ['first-0', 'first-1', 'first-2', 'second-0']) {
      assert.deepEqual(capture.textsOf(id), textsUpTo(1_000));
    }
    assert.deepEqual(await files(), []);
  });

  itBesidesWindows('keeps what waits for an answer when a signal comes', async () => {
    const { url } = await start({ fateOf: () => 'hang' });
    const child = new Child('spooling.ts', [url, folder, 'first', '2', 'lives']);
    await child.said('recorded');
    child.process.kill('SIGTERM');
    const { signal, errors } = await child.ended;
    assert.equal(signal, 'SIGTERM');
    assert.match(errors, /the rest is kept in/);
    const kept = await spooled();
    for (const id of ['first-0', 'first-1']) assert.ok(kept.includes(id), id);
  });

  it('finds what a process left that was killed, also half a line', async () => {
    const port = await freePort();
    const words = [`http://127.0.0.1:${port}`, folder, 'killed', '2', 'lives'];
    const child = new Child('spooling.ts', words);
    await eventually(spooled, (text) => text.includes('"run_end"'));
    child.process.kill('SIGKILL');
    await child.ended;
    const [name = ''] = await files();
    await writeFile(join(folder, name), '{"type":"run_sta', { flag: 'a' });
    const capture = await start({ port });
    const outbox = outboxFor(port);
    outbox.put(runStart('finder'));
    await eventually(files, isEmpty);
    assert.deepEqual(capture.textsOf('killed-1'), textsUpTo(1_000));
    assert.deepEqual(
      capture.events.filter(({ type }) => type.startsWith('run_')).map(({ type }) => type),
      ['run_start', 'run_start', 'run_end'],
    );
  });

  it('leaves alone what belongs to a process that lives, or to another machine', async () => {
    const capture = await start();
    const child = new Child('spooling.ts', [
      ...[`http://127.0.0.1:${await freePort()}`, folder, 'living', '1', 'lives'],
    ]);
    await eventually(spooled, (text) => text.includes('"run_end"'));
    const elsewhere = `used-not-${hostname()}-1-0123456789abcdef.ndjson`;
    await writeFile(join(folder, elsewhere), '{}\n');
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const before = await files();
    const outbox = outboxFor(capture.port);
    // With the second, the search that follows the first is over.
    for (const id of ['one', 'other']) {
      outbox.put(runStart(id));
      assert.equal(await outbox.flush(), true);
    }
    assert.deepEqual((await files()).sort(), before.sort());
    child.process.kill('SIGKILL');
    await child.ended;
  });

  it('is sent by one process only, when several find it', async () => {
    const port = await freePort();
    await new Child('spooling.ts', [`http://127.0.0.1:${port}`, folder, 'left', '3']).ended;
    const capture = await start({ port });
    const outboxes = [1, 2, 3, 4].map(() => outboxFor(port));
    for (const [index, outbox] of outboxes.entries()) outbox.put(runStart(`finder-${index}`));
    await eventually(files, isEmpty);
    assert.equal(capture.eventsOf('llm_call_end').length, 3);
    assert.deepEqual(capture.textsOf('left-2'), textsUpTo(1_000));
  });

  it('says that it cannot keep anything, and goes on in memory', async () => {
    await writeFile(join(folder, '..', 'file'), '');
    const port = await freePort();
    const outbox = outboxFor(port, { spoolFolder: join(folder, '..', 'file', 'spool') });
    putCall(outbox, 'call', 100);
    await eventually(
      () => sentences.length,
      (count) => count > 0,
    );
    assert.match(sentences[0] ?? '', /Nothing more is kept in .* set LLM_STREAM_SPOOL_FOLDER/);
    const capture = await start({ port });
    assert.equal(await outbox.flush(), true);
    assert.deepEqual(capture.textsOf('call'), textsUpTo(100));
  });

  it('keeps what comes when the token is wrong', async () => {
    const capture = await start({ fateOf: () => ({ status: 401 }) });
    const outbox = outboxFor(capture.port);
    putCall(outbox, 'one', 10);
    assert.equal(await outbox.flush(), false);
    putCall(outbox, 'two', 10);
    await eventually(spooled, (text) => text.includes('"two"'));
    assert.match(await spooled(), /"one"/);
    assert.equal(capture.bodies.length, 1);
  });

  it('holds no more than it may, and says so once; what others have left counts too', async () => {
    await mkdir(folder);
    const left = `${JSON.stringify(runStart('left'))}\n`;
    const leftFile = join(folder, 'left-0123456789abcdef.ndjson');
    await writeFile(leftFile, left.repeat(Math.floor(700_000 / left.length)));
    const port = await freePort();
    const outbox = outboxFor(port, { spoolMegabytes: 1 });
    const ids = Array.from({ length: 20 }, (_, call) => `call-${call}`);
    for (const id of ids) {
      putCall(outbox, id, 1_000);
      assert.equal(await outbox.flush(20), false);
    }
    await eventually(
      () => sentences.length,
      (count) => count > 0,
    );
    assert.match(sentences[0] ?? '', /because 1 MB wait there: start the capture that takes it/);
    const size = (await spooled()).length;
    assert.ok(size > 750_000 && size <= 1_000_000, `${size}`);
    const capture = await start({ port });
    assert.equal(await outbox.flush(10_000), true);
    assert.deepEqual(
      capture.eventsOf('llm_call_end').map(({ llm_call_id }) => llm_call_id),
      ids,
    );
    for (const id of ids) assert.deepEqual(capture.textsOf(id), textsUpTo(1_000));
    await eventually(files, isEmpty);
    assert.equal(sentences.length, 1);
  });

  it('does not count the files of others with each batch: there may be thousands', async () => {
    const spool = new Spool(folder, 1, new Warnings());
    const line = Buffer.from('{}\n');
    assert.equal(await spool.append(line), true);
    await writeFile(join(folder, 'left-0123456789abcdef.ndjson'), 'x'.repeat(1_000_000));
    assert.equal(await spool.append(line), true);
    assert.equal(spool.appendNow(line), true);
    spool.release();
    const later = new Spool(folder, 1, new Warnings());
    assert.equal(await later.append(line), false);
    assert.equal(later.appendNow(line), false);
  });

  itBesidesWindows(
    'goes on in memory when the disk is full, and sends what is on it later',
    async () => {
      const port = await freePort();
      const first = [`http://127.0.0.1:${port}`, folder, 'full', '20'];
      // As on a full disk, a file may have no more than 200 KB.
      const launcher = ['/bin/sh', '-c', 'ulimit -f 400 && exec "$0" "$@"'];
      const { code, errors } = await new Child('spooling.ts', first, {}, launcher).ended;
      assert.equal(code, 0);
      assert.match(errors, /Nothing more is kept in .*EFBIG.*: make room there/);
      assert.match(errors, /the rest is lost/);
      assert.match(errors, /the rest is kept in/);
      const capture = await start({ port });
      const second = await new Child('spooling.ts', [first[0] ?? '', folder, 'second', '1']).ended;
      assert.equal(second.errors, '');
      const ended = capture.eventsOf('llm_call_end').map(({ llm_call_id }) => llm_call_id);
      assert.ok(ended.includes('full-0') && !ended.includes('full-19'), ended.join());
      for (const id of ended) assert.deepEqual(capture.textsOf(id), textsUpTo(1_000));
      assert.deepEqual(await files(), []);
    },
  );
});
