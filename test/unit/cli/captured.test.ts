import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callStarted, runStarted, sampleEvents, tokensCame } from '../store/log/logEvents.js';
import { SmallCapture } from '../store/smallCapture.js';
import { run } from './traces.js';

describe('command line over a trace that a capture writes', () => {
  let folder: string;
  let path: string;
  let capture: SmallCapture;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'captured-'));
    path = join(folder, 'a.llmtrace');
    capture = await SmallCapture.begin(path);
    capture.append(...sampleEvents.slice(0, 7));
    await capture.fold();
    capture.append(runStarted('late'), callStarted('late', 'late'), tokensCame('late', 0, 3));
  });
  afterEach(async () => {
    await capture.letGo();
    rmSync(folder, { recursive: true });
  });

  const statuses = async (): Promise<unknown> => {
    const { code, out } = await run(['stats', path, '--json']);
    assert.equal(code, 0);
    const { runs } = JSON.parse(out) as {
      runs: { calls: { id: string; status: string; chunk_count: number }[] }[];
    };
    return runs
      .flatMap(({ calls }) => calls.map((call) => [call.id, call.status, call.chunk_count]))
      .sort();
  };

  it('shows what is folded and what is only in the log', async () => {
    assert.deepEqual(await statuses(), [
      ['late', 'streaming', 3],
      ['one', 'streaming', 5],
      ['two', 'streaming', 1],
    ]);
    const { out } = await run(['tokens', path, '--call', 'late', '--json']);
    assert.equal(out.trim().split('\n').length, 3);
  });

  it('shows what a capture left that is gone', async () => {
    await capture.letGo();
    assert.deepEqual(await statuses(), [
      ['late', 'interrupted', 3],
      ['one', 'interrupted', 5],
      ['two', 'interrupted', 1],
    ]);
  });
});
