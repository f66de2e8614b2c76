/** A mock model server, a real capture, and what it has of what LangChain did. */
import assert from 'node:assert/strict';
import {
  CaptureProcess,
  mockUpstreams,
} from '../../../../../test/clients/harness/captureProcess.js';
import { eventually } from '../../../../../test/clients/harness/eventually.js';
import {
  type MockServer,
  type Truth,
  startMockServer,
} from '../../../../../test/mock/mockServer.js';
import type { Call } from '../../../../../src/model/trace.js';
import { trace } from '../../../src/index.js';
import { type RecordedRun, callsOf, readRuns } from './recordedRuns.js';

export interface Recorded extends RecordedRun {
  /** Of the requests that came to the mock meanwhile. */
  readonly truths: readonly Truth[];
}

export class LangChainSuite {
  private runningMock: MockServer | null = null;
  private runningCapture: CaptureProcess | null = null;
  private runs = 0;

  constructor() {
    before(async () => {
      this.runningMock = await startMockServer();
      this.runningCapture = await CaptureProcess.start({ upstreams: mockUpstreams(this.mock.url) });
      const { url: endpoint, token } = this.capture.address;
      trace.configure({ endpoint, token, enabled: true });
    });
    after(async () => {
      await trace.flush();
      trace.configure({ enabled: false });
      await this.runningCapture?.dispose();
      await this.runningMock?.close();
    });
  }

  get mock(): MockServer {
    assert.ok(this.runningMock);
    return this.runningMock;
  }

  get capture(): CaptureProcess {
    assert.ok(this.runningCapture);
    return this.runningCapture;
  }

  /** Within a run of the trace. */
  async record(work: () => Promise<unknown>): Promise<Recorded> {
    this.runs += 1;
    const name = `run ${this.runs}`;
    const [run, ...others] = await this.recordOutside(() => trace.run(name, work));
    assert.ok(run);
    assert.deepEqual([run.name, others.length], [name, 0]);
    return run;
  }

  /** Outside of any: the runs that it made of itself. */
  async recordOutside(work: () => Promise<unknown>): Promise<Recorded[]> {
    const known = new Set((await readRuns(this.capture.db)).map(({ id }) => id));
    const { length: before } = this.mock.truths.all;
    await work();
    const made = await eventually(
      async () => {
        assert.ok(await trace.flush());
        return (await readRuns(this.capture.db)).filter(({ id }) => !known.has(id));
      },
      // An abort is told to the agent at once, and to handlers when the model's stream has ended.
      (runs) => runs.length > 0 && runs.flatMap(callsOf).every(({ call }) => hasEnded(call)),
    );
    const truths = this.mock.truths.all.slice(before);
    return made.map((run) => ({ ...run, truths }));
  }
}

const hasEnded = ({ state }: Call): boolean => state !== 'streaming';
