import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReader } from '../../../src/formats/registry.js';
import { tokenText } from '../../../src/model/tokens.js';
import type { TraceSummary } from '../../../src/model/trace.js';
import { openTrace } from '../../../src/store/openTrace.js';
import { Documents } from '../../../src/store/process/documents.js';
import type { TraceQueries } from '../../../src/store/traceQueries.js';
import { stallRule } from './exampleTrace.js';
import { Told } from './waiting.js';

describe('a capture in a process of its own', function () {
  this.timeout(60_000);
  let folder: string;
  let path: string;
  let writer: ChildProcess;
  /** Tokens that the writer has said to be written. */
  let written: number;
  let acknowledged: Told<number>;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'capture-'));
    path = join(folder, 'a.llmtrace');
    written = 0;
    acknowledged = new Told();
    writer = spawn(
      process.execPath,
      ['--import=tsx', join(import.meta.dirname, 'captureWriter.ts'), path],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let rest = '';
    writer.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      written = Math.max(written, ...lines.map(Number));
      acknowledged.tell(written);
    });
    await acknowledged.next((tokens) => tokens > 0);
  });
  afterEach(async () => {
    await kill();
    rmSync(folder, { recursive: true });
  });

  const kill = async (): Promise<void> => {
    if (writer.exitCode !== null || writer.signalCode !== null) return;
    writer.kill('SIGKILL');
    await once(writer, 'close');
  };
  const tokensOf = (queries: TraceQueries): number => {
    let tokens = 0;
    for (const run of queries.summary().runs) {
      for (const { key } of queries.run(run.key).steps) {
        const columns = queries.tokens(key);
        columns.index.forEach((index, at) => assert.equal(index, at));
        const last = columns.count - 1;
        if (last >= 0) assert.equal(tokenText(columns, last), `t${last} `);
        tokens += columns.count;
      }
    }
    return tokens;
  };
  const opened = async (): Promise<TraceQueries> =>
    openTrace({ source: { kind: 'path', path }, openReader, stallRule });

  it('is whole whenever it is opened, between any fold and cut', async () => {
    for (let opening = 0; opening < 25; opening++) {
      const before = written;
      const queries = await opened();
      const tokens = tokensOf(queries);
      queries.close();
      assert.ok(tokens >= before, `${tokens} of ${before}`);
      await acknowledged.next((tokensNow) => tokensNow > before);
    }
  });

  it('is followed without a loss, and shown as interrupted when it was killed', async () => {
    const told = new Told<TraceSummary>();
    const losses: unknown[] = [];
    const documents = new Documents(openReader, (method, params) => {
      if (method === 'changed') told.tell((params as { summary: TraceSummary }).summary);
      if (method === 'sourceLost') losses.push(params);
    });
    const { signal } = new AbortController();
    try {
      await documents.handlers.open(
        {
          ...{ document: 1, source: { kind: 'path', path }, stallRule },
          ...{ confirmAboveBytes: Infinity, keys: [] },
        },
        signal,
      );
      for (let look = 0; look < 30; look++) {
        const before = written;
        const summary = await documents.handlers.sync({ document: 1 }, signal);
        assert.ok((summary.runs[0]?.tokenCount ?? 0) >= before, `${before}`);
        await acknowledged.next((tokens) => tokens > before);
      }
      await kill();
      const last = await told.next(({ runs }) => runs[0]?.status === 'failed');
      assert.ok((last.runs[0]?.tokenCount ?? 0) >= written);
      const { steps } = await documents.handlers.run(
        { document: 1, run: last.runs[0]!.key },
        signal,
      );
      assert.deepEqual(new Set(steps.map(({ call }) => call?.state)), new Set(['interrupted']));
      assert.deepEqual(losses, []);
    } finally {
      documents.closeAll();
    }
    const queries = await opened();
    assert.ok(tokensOf(queries) >= written);
    queries.close();
  });
});
