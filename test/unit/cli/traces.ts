/** Runs the command line inside the test, on traces of its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { buildDemoTrace } from '../../../demo/demoTrace.js';
import { repository } from '../../../scripts/dependencies.mjs';
import { captureCommand } from '../../../src/cli/capture.js';
import { changingCommands } from '../../../src/cli/changeTraces.js';
import { checkingCommands } from '../../../src/cli/checkPatterns.js';
import { runCommandLine } from '../../../src/cli/commandLine.js';
import { copyingCommands } from '../../../src/cli/copyTraces.js';
import { epochMicroseconds } from '../../../src/model/units.js';
import { TraceWriter } from '../../../src/store/native/traceWriter.js';

const program = {
  files: {
    store: join(repository, 'dist', 'store.js'),
    foldWorker: join(repository, 'dist', 'fold.js'),
  },
  version: '0.0.0',
  onUnexpected: () => undefined,
};

class Collected extends Writable {
  text = '';
  largestWrite = 0;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.largestWrite = Math.max(this.largestWrite, chunk.length);
    setImmediate(done);
  }
}

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly largestWrite: number;
}

export async function run(
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  const stdout = new Collected();
  const stderr = new Collected();
  const given = {
    on: () => undefined,
    off: () => undefined,
    stdin: new Readable({ read: () => undefined }),
  };
  const code = await runCommandLine(
    words,
    { stdout, stderr, env },
    {
      capture: captureCommand(program, process),
      ...changingCommands(given),
      ...copyingCommands(given),
      ...checkingCommands(given),
    },
  );
  for (const stream of [stdout, stderr]) await finished(stream.end());
  return { code, out: stdout.text, err: stderr.text, largestWrite: stdout.largestWrite };
}

/** A folder of the suite that asks for it, with the demo trace. */
export class TraceFolder {
  path = '';

  constructor() {
    before(async () => {
      this.path = await mkdtemp(join(tmpdir(), 'llm-stream-cli-'));
      await writeFile(this.demo, await buildDemoTrace());
    });
    after(() => rm(this.path, { recursive: true }));
  }

  get demo(): string {
    return join(this.path, 'demo.llmtrace');
  }

  async write(name: string, fill: (writer: TraceWriter) => void): Promise<string> {
    const writer = await TraceWriter.create();
    const path = join(this.path, name);
    try {
      fill(writer);
      await writeFile(path, writer.toBytes());
    } finally {
      writer.close();
    }
    return path;
  }
}

export function startCall(
  writer: TraceWriter,
  id: string,
  clockSource: 'proxy' | 'order-only' = 'proxy',
) {
  const startedAtUs = epochMicroseconds(1_790_000_000_000_000);
  const run = writer.addRun({ id: `run of ${id}`, name: 'r', startedAtUs });
  return writer.startCall({
    id,
    run,
    name: 'm',
    model: 'm',
    provider: 'openai',
    wireFormat: 'openai-chat',
    startedAtUs,
    streaming: true,
    clockSource,
  });
}
