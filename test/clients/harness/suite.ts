/** A mock and a capture in front of it for one suite, and the trace that comes out of it. */
import assert from 'node:assert/strict';
import { type MockServer, startMockServer } from '../../mock/mockServer.js';
import type { Truth } from '../../mock/truth.js';
import { CaptureProcess, mockUpstreams } from './captureProcess.js';
import { type Client, type Endpoint, type Heard, type Question, ask } from './conversation.js';
import { eventually } from './eventually.js';
import { type RecordedCall, readCalls, readRuns } from './recorded.js';

/** One question through the capture: what the client heard, what the mock did, what the trace says. */
export interface Exchange {
  readonly heard: Heard;
  readonly truth: Truth;
  readonly call: RecordedCall;
}

export class CaptureSuite {
  private runningMock: MockServer | null = null;
  private runningCapture: CaptureProcess | null = null;
  private runs = 0;
  /** What was read live, to be compared with the file that is left at the end. */
  private readonly readLive = new Map<string, RecordedCall>();

  constructor(environment: Readonly<Record<string, string>> = {}) {
    before(async () => {
      this.runningMock = await startMockServer();
      const upstreams = { ...mockUpstreams(this.mock.url), ...unreachable };
      this.runningCapture = await CaptureProcess.start({ upstreams, environment });
    });
    after(async () => {
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

  /** To the mock, past the capture. */
  get direct(): Endpoint {
    return (upstream) => mockUpstreams(this.mock.url)[upstream];
  }

  newRun(): string {
    this.runs += 1;
    return `run ${this.runs}`;
  }

  async ask(client: Client, question: Omit<Question, 'endpoint'>): Promise<Exchange> {
    const run = this.newRun();
    const heard = await ask(client, { ...question, endpoint: this.capture.run(run) });
    const truth = this.mock.truths.latest;
    assert.ok(truth);
    return { heard, truth, call: await this.ended(run) };
  }

  /** The only call of a run, as soon as it is as wanted. */
  async call(run: string, isWanted: (call: RecordedCall) => boolean): Promise<RecordedCall> {
    const [call] = await eventually(
      () => readCalls(this.capture.db, run),
      ([first]) => first !== undefined && isWanted(first),
    );
    assert.ok(call);
    return call;
  }

  async ended(run: string): Promise<RecordedCall> {
    const call = await this.call(run, ({ state }) => state !== 'streaming');
    this.readLive.set(run, call);
    return call;
  }

  /** Last of the suite's tests: the file alone says what file and log have said. */
  leavesTheSameFile(): void {
    // A block of its own, because mocha runs a suite's own tests before those of its blocks.
    describe('afterwards', () => {
      it('a file is left that says the same as it said live', async () => {
        assert.ok(this.readLive.size > 0);
        assert.equal(await this.capture.stop(), 0);
        const runs = await readRuns(this.capture.db);
        for (const [run, live] of this.readLive) assert.deepEqual(runs.get(run)?.calls, [live]);
      });
    });
  }
}

/** Nothing listens on this port of the reserved ones. */
const unreachable = { unreachable: 'http://127.0.0.1:1/v1' };
