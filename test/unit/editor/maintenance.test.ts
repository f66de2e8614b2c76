import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Maintenance } from '../../../src/editor/maintenance.js';
import { aggregateResult } from '../../../src/editor/maintenanceAnswers.js';
import type { MaintenanceProgress } from '../../../src/protocol/maintenanceMessages.js';

/** A command line that plain Node runs; FAKE_MODE says what goes wrong. */
const fakeCommandLine = `
const say = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
const result = (cancelled) => ({ type: 'result', files: [], cancelled });
const progress = { type: 'progress', done: 1, total: 4, what: process.argv.slice(2).join(' ') };
const modes = {
  works: () => {
    say(progress);
    process.stdout.write('no JSON\\n{"type":"progress","done":"x"}\\nnull\\n');
    say(result(false));
  },
  refuses: () => {
    process.stderr.write('(node) a warning\\na.llmtrace is being recorded. Stop the capture first.\\n');
    process.exitCode = 1;
  },
  crashes: () => { throw new Error('a bug'); },
  mute: () => undefined,
  babbles: () => process.stdout.write('x'.repeat(5_000_000) + '\\n', () => say(result(false))),
  nonsense: () => say({ type: 'result', files: 7 }),
  waits: () => {
    say(progress);
    process.stdin.resume().on('end', () => say(result(true)));
  },
  hangs: () => {
    say(progress);
    setInterval(() => undefined, 1_000);
  },
};
modes[process.env.FAKE_MODE]();
`;

describe('work on traces in a process of its own', () => {
  let folder: string;
  let maintenance: Maintenance;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-stream-maintenance-'));
    await writeFile(join(folder, 'cli.cjs'), fakeCommandLine);
  });
  after(() => rm(folder, { recursive: true, maxRetries: 5 }));
  beforeEach(() => {
    maintenance = new Maintenance(join(folder, 'cli.cjs'), 50);
  });
  afterEach(() => maintenance.dispose());

  const run = (
    mode: string,
    progressed: (progress: MaintenanceProgress) => void = () => undefined,
    signal = new AbortController().signal,
  ) =>
    maintenance.run(
      {
        words: ['aggregate', 'a b.llmtrace'],
        environment: { FAKE_MODE: mode },
        read: aggregateResult,
      },
      { signal, progressed },
    );

  it('says how far it is, and gives the result; other lines do no harm', async () => {
    const progress: MaintenanceProgress[] = [];
    const result = await run('works', (said) => progress.push(said));
    assert.deepEqual(result, { type: 'result', files: [], cancelled: false });
    assert.deepEqual(progress, [
      { type: 'progress', done: 1, total: 4, what: 'aggregate a b.llmtrace --progress' },
    ]);
  });

  it('fails with the sentence of the command line', async () => {
    await assert.rejects(run('refuses'), {
      code: 'invalid',
      message: 'a.llmtrace is being recorded. Stop the capture first.',
    });
  });

  for (const mode of ['crashes', 'mute', 'nonsense']) {
    it(`says that there is no result when the process ${mode}, and keeps the details for the log`, async () => {
      await assert.rejects(run(mode), {
        code: 'internal',
        message: /ended without a result.*\.$/,
        detail: mode === 'crashes' ? /a bug/ : mode === 'nonsense' ? /"files"/ : /exit code 0/,
      });
    });
  }

  it('goes on behind a line that is too long', async () => {
    assert.deepEqual((await run('babbles')).files, []);
  });

  it('says that a command line that is not there could not be run', async () => {
    maintenance = new Maintenance(join(folder, 'missing.cjs'));
    await assert.rejects(run('works'), { code: 'internal', detail: /missing\.cjs/ });
  });

  it('is cancelled by the end of its input, and says what it had done', async () => {
    const cancelling = new AbortController();
    const result = await run('waits', () => cancelling.abort(), cancelling.signal);
    assert.equal(result.cancelled, true);
  });

  it('is ended when it does not heed that', async () => {
    const cancelling = new AbortController();
    await assert.rejects(
      run('hangs', () => cancelling.abort(), cancelling.signal),
      { code: 'cancelled', detail: /SIGKILL/ },
    );
  });

  it('ends with the window', async () => {
    const result = await run('waits', () => maintenance.dispose());
    assert.equal(result.cancelled, true);
    await assert.rejects(run('works'), { code: 'cancelled' });
  });
});
