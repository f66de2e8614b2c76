import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MaintenanceJob } from '../../../src/editor/maintenance.js';
import { Retention } from '../../../src/editor/retention.js';
import type { RetainResult } from '../../../src/protocol/maintenanceMessages.js';

const nothing: RetainResult = {
  ...{ type: 'result', actions: [], freedBytes: 0, dryRun: false, notices: [], cancelled: false },
};

describe('cleaning up captures', () => {
  let home: string;
  let folder: string;
  let window: () => Retention;
  let maximumAgeDays: number;
  beforeEach(async () => {
    maximumAgeDays = 90;
    home = await mkdtemp(join(tmpdir(), 'llm-stream-retention-'));
    folder = join(home, 'captures');
    await mkdir(folder);
    window = () =>
      new Retention({
        storageFolder: join(home, 'storage'),
        folder: () => folder,
        options: () => ({ aggregateAfterDays: 7, maximumAgeDays, maximumSizeMegabytes: 0 }),
      });
  });
  afterEach(() => rm(home, { recursive: true }));

  it('is asked of the command line with the limits of the settings', async () => {
    const jobs: MaintenanceJob<RetainResult>[] = [];
    const run = (job: MaintenanceJob<RetainResult>): Promise<RetainResult> => {
      jobs.push(job);
      return Promise.resolve(nothing);
    };
    await window().plan(run);
    await window().cleanUp(run);
    assert.deepEqual(
      jobs.map(({ words }) => words),
      [
        ['retain', folder, '--captures', '--dry-run'],
        ['retain', folder, '--captures'],
      ],
    );
    assert.equal(jobs[1]?.environment?.['LLM_STREAM_RETENTION_DAYS'], '90');
  });

  it('is not done again by the schedule of each window that is opened, unless it would be something else', async () => {
    let runs = 0;
    const run = (result: RetainResult) => (): Promise<RetainResult> => {
      runs++;
      return Promise.resolve(result);
    };
    await window().cleanUpIfDue(run({ ...nothing, cancelled: true }));
    await window().cleanUpIfDue(run(nothing));
    assert.equal(await window().cleanUpIfDue(run(nothing)), null);
    assert.equal(runs, 2);
    maximumAgeDays = 30;
    await window().cleanUpIfDue(run(nothing));
    assert.equal(runs, 3);
    for (const hours of [-7, 1]) {
      const at = Date.now() / 1_000 + hours * 3_600;
      await utimes(join(home, 'storage', 'retention-done'), at, at);
      await window().cleanUpIfDue(run(nothing));
    }
    assert.equal(runs, 5);
  });

  it('is done by one window at a time', async () => {
    let end = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      void window().cleanUp(() => {
        resolve();
        return new Promise((ended) => (end = () => ended(nothing)));
      });
    });
    await begun;
    await assert.rejects(
      window().cleanUp(() => assert.fail('must not run')),
      { code: 'busy', message: /^Another window is cleaning up the captures\./ },
    );
    end();
    while ((await readdir(join(home, 'storage'))).length > 0);
    assert.deepEqual(await window().cleanUp(() => Promise.resolve(nothing)), nothing);
  });

  it('leaves no lock when it fails', async () => {
    await assert.rejects(
      window().cleanUp(() => Promise.reject(new Error('the disk'))),
      /the disk/,
    );
    assert.deepEqual(await readdir(join(home, 'storage')), []);
  });

  it('goes on behind a window that died', async () => {
    await mkdir(join(home, 'storage'));
    const lock = join(home, 'storage', 'retention-lock');
    await writeFile(lock, '');
    await utimes(lock, 0, 0);
    assert.deepEqual(await window().cleanUp(() => Promise.resolve(nothing)), nothing);
  });

  it('is nothing where nothing was ever captured', async () => {
    await rm(folder, { recursive: true });
    assert.equal(await window().plan(() => assert.fail('must not run')), null);
    assert.equal(await window().cleanUp(() => assert.fail('must not run')), null);
    assert.deepEqual(await readdir(home), [], 'no folder is made');
  });
});
