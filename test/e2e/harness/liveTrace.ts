/** A trace that another process goes on writing while it is shown. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { epochMicroseconds } from '../../../src/model/units.js';
import { TraceWriter } from '../../../src/store/native/traceWriter.js';

export const liveTrace = 'live.llmtrace';
export const liveModel = 'gpt-4o-live';
const callId = 'call-live';

/** A run that goes on, with a call that has sent its request. */
export async function writeLiveTrace(folder: string): Promise<void> {
  const writer = await TraceWriter.create();
  const startedAtUs = epochMicroseconds(Date.UTC(2026, 2, 2, 14, 2, 11) * 1_000);
  const run = writer.addRun({ id: 'run-live', name: 'Goes on', startedAtUs });
  writer.startCall({
    ...{ id: callId, run, name: 'chat', model: liveModel, provider: 'openai', streaming: true },
    startedAtUs,
    clockSource: 'proxy',
  });
  await writeFile(join(folder, liveTrace), writer.toBytes());
  writer.close();
}

/** The other process: Python's standard library brings the real SQLite. */
export class StreamWriter {
  private readonly process: ChildProcessByStdio<Writable, Readable, null>;
  private readonly answers: AsyncIterator<string>;

  constructor(folder: string) {
    const script = join(import.meta.dirname, 'streamWriter.py');
    this.process = spawn('python3', [script, join(folder, liveTrace), callId], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.answers = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  /** Writes until the call has so many tokens; when that was committed, in ms since the epoch. */
  tokens = (count: number): Promise<number> => this.tell(`tokens ${count}`);

  /** Ends the call. */
  end = (): Promise<number> => this.tell('end');

  async close(): Promise<void> {
    const exited = this.process.exitCode === null ? once(this.process, 'exit') : null;
    this.process.stdin.end();
    await exited;
  }

  private async tell(command: string): Promise<number> {
    this.process.stdin.write(`${command}\n`);
    const answer = await this.answers.next();
    if (answer.done) throw new Error(`The writer ended at "${command}".`);
    return Number(answer.value);
  }
}
