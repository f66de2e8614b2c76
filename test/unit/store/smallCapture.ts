/** What a capture does to the files, without a capture: a lock, a log that grows, a trace that it is folded into. */
import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { applyEvents } from '../../../src/store/log/applyEvents.js';
import { type CaptureLock, acquireLock } from '../../../src/store/log/captureLock.js';
import { encodeEvent, encodeHeader, logSuffix } from '../../../src/store/log/logLines.js';
import { parseLog } from '../../../src/store/log/parseLog.js';
import type { TraceEvent } from '../../../src/store/log/traceEvent.js';
import { TraceWriter } from '../../../src/store/native/traceWriter.js';

export class SmallCapture {
  readonly logPath: string;
  private logNumber = 1;

  private constructor(
    readonly path: string,
    private readonly lock: CaptureLock,
  ) {
    this.logPath = path + logSuffix;
    writeFileSync(this.logPath, encodeHeader('log-1'));
  }

  static async begin(path: string): Promise<SmallCapture> {
    return new SmallCapture(path, await acquireLock(path));
  }

  append(...events: readonly TraceEvent[]): void {
    appendFileSync(this.logPath, events.map(encodeEvent).join(''));
  }

  /** Everything but the last `left` bytes of the log, which begin with a line. */
  async fold(leftBytes = 0): Promise<void> {
    const log = readFileSync(this.logPath);
    const until = log.length - leftBytes;
    const writer = existsSync(this.path)
      ? await TraceWriter.fromBytes(readFileSync(this.path))
      : await TraceWriter.create();
    applyEvents(writer, parseLog(log.subarray(0, until)).events);
    this.replace(this.path, writer.toBytes());
    writer.close();
    const header = encodeHeader(`log-${this.logNumber + 1}`, {
      ...{ id: `log-${this.logNumber++}`, bytes: until },
    });
    this.replace(this.logPath, Buffer.concat([Buffer.from(header), log.subarray(until)]));
  }

  async end(): Promise<void> {
    await this.fold();
    rmSync(this.logPath);
    await this.lock.release();
  }

  /** Leaves the files as they are. */
  letGo(): Promise<void> {
    return this.lock.release();
  }

  private replace(path: string, bytes: Uint8Array): void {
    writeFileSync(`${path}.tmp`, bytes);
    renameSync(`${path}.tmp`, path);
  }
}
