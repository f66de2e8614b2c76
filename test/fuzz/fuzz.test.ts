/** A short run, as each `npm test` makes it: with another seed each time, which is printed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';

describe('fuzzing for a short time', function () {
  this.timeout(180_000);

  it('breaks no promise of any parser', async () => {
    const main = join(import.meta.dirname, 'main.ts');
    const output = await new Promise<{ failure: Error | null; text: string }>((resolve) => {
      const words = ['--import', 'tsx', main, '--seconds', '10'];
      execFile(process.execPath, words, (failure, stdout, stderr) =>
        resolve({ failure, text: stdout + stderr }),
      );
    });
    process.stdout.write(`      ${output.text.split('\n')[0] ?? ''}\n`);
    assert.equal(output.failure, null, output.text);
  });
});
