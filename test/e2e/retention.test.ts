import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildLargeTrace } from '../../demo/large.js';
import { Workbench } from './harness/workbench.js';

describe('captures beyond the limits of retention', () => {
  let kept: string;
  let workbench: Workbench;
  before(async () => {
    kept = await mkdtemp(join(tmpdir(), 'llm-stream-kept-'));
    // Its run was in October 2026.
    const trace = await buildLargeTrace({ calls: 1, tokensPerCall: 50 });
    await writeFile(join(kept, 'capture-2026-10-14T12-00-00.llmtrace'), trace);
    await writeFile(join(kept, 'mine.llmtrace'), trace);
    await writeFile(join(kept, 'notes.txt'), 'mine');
    const settings = {
      'llmStream.capture.folder': kept,
      'llmStream.retention.maximumAgeDays': 7,
    };
    workbench = await Workbench.open(undefined, settings);
  });
  after(async () => {
    await workbench.close();
    await rm(kept, { recursive: true });
  });

  it('go by themselves soon after a window was opened, and nothing else does', async () => {
    const sentence = /^Cleaned up captures: deleted 1 trace; .* freed\.$/;
    await workbench.page.getByRole('button', { name: sentence }).waitFor({ timeout: 50_000 });
    assert.deepEqual((await readdir(kept)).sort(), ['mine.llmtrace', 'notes.txt']);
  });
});
