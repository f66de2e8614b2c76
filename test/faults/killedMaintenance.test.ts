import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { migrateFile } from '../../src/maintenance/migrateFile.js';
import { Database } from '../../src/store/database.js';
import { nativeVersion } from '../../src/store/native/migrations.js';
import { bundle } from '../unit/capture/log/bundles.js';
import { FilesOfTest } from '../unit/maintenance/files.js';

const kills = 8;
const tokens = 40_000;

/** The command line as it is shipped, killed at any moment of its work. */
describe('a command that is killed', function () {
  this.timeout(120_000);
  const files = new FilesOfTest();
  let bundles: string;
  before(async () => {
    bundles = await bundle({ 'dist/cli': 'src/cli/main.ts' });
    await writeFile(join(bundles, 'package.json'), '{ "version": "0.0.0", "type": "commonjs" }');
    copyFileSync(join(bundles, 'sql-wasm.wasm'), join(bundles, 'dist', 'sql-wasm.wasm'));
  });
  after(() => rm(bundles, { recursive: true, force: true }));

  /** How long it took, in ms; killed after `killAfterMs`. */
  async function run(words: readonly string[], killAfterMs: number | null): Promise<number> {
    const start = performance.now();
    const child = spawn(process.execPath, [join(bundles, 'dist', 'cli.js'), ...words], {
      stdio: 'ignore',
    });
    const exit = once(child, 'exit');
    if (killAfterMs !== null) {
      await Promise.race([pause(killAfterMs), exit]);
      child.kill('SIGKILL');
    }
    await exit;
    return performance.now() - start;
  }

  const commands = [
    [
      'aggregate',
      (database: Database) => Number(database.get('SELECT aggregated AS a FROM llm_calls')?.['a']),
    ],
    ['migrate', nativeVersion],
  ] as const;
  for (const [command, stateOf] of commands) {
    it(`leaves the old file or the new one whole: ${command}`, async () => {
      const original = await files.write('original.llmtrace', [tokens]);
      if (command === 'migrate') await migrateFile(original, 1);
      const path = files.path('a.llmtrace');
      copyFileSync(original, path);
      const lengthMs = await run([command, path], null);
      for (let kill = 0; kill < kills; kill++) {
        copyFileSync(original, path);
        // Most of the time the process is starting; its work is in the last part.
        await run([command, path], lengthMs * (0.4 + 0.6 * Math.random()));
        const database = await Database.open(files.bytes('a.llmtrace'));
        assert.equal(database.get('PRAGMA integrity_check')?.['integrity_check'], 'ok');
        const [{ stored }] = database.all('SELECT count(*) AS stored FROM llm_tokens') as [
          { stored: number },
        ];
        const state = stateOf(database);
        database.close();
        if (command === 'aggregate') assert.equal(stored, state === 1 ? 20 : tokens);
        else assert.ok(stored === tokens && (state === 1 || state === 2));
        const backup = `${path}.backup`;
        if (existsSync(backup) && state === 2) {
          // Of a migration that had done all but removing it: it says so until somebody has looked.
          await assert.rejects(migrateFile(path, 1), /is still there/);
          rmSync(backup);
        }
      }
      await run([command, path], null);
      assert.deepEqual(files.names, ['a.llmtrace', 'original.llmtrace']);
    });
  }
});
