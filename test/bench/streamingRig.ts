/** Mock, capture and client, each a process of its own, so that none of them delays another. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { end } from '../../scripts/children.js';
import { repository } from '../../scripts/dependencies.mjs';
import { CaptureProcess, mockUpstreams } from '../clients/harness/captureProcess.js';
import { type RecordedCall, readRuns } from '../clients/harness/recorded.js';
import type { ScenarioRequest } from '../mock/scenario.js';
import type { Truth } from '../mock/truth.js';
import type { ClientOrder, StreamResult } from './streamClient.js';

/** One stream: what the client got, what the mock did, and what the trace says. */
export interface Streamed {
  readonly result: StreamResult;
  readonly truth: Truth;
  readonly call: RecordedCall;
}

export class StreamingRig {
  private orders = 0;

  private constructor(
    private readonly mock: ChildProcess,
    private readonly mockUrl: string,
    readonly capture: CaptureProcess,
  ) {}

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<StreamingRig> {
    const mock = startScript('test/mock/main.ts', []);
    const [line] = (await once(createInterface({ input: mock.stdout }), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const capture = await CaptureProcess.start({ upstreams: mockUpstreams(url), environment });
    return new StreamingRig(mock, url, capture);
  }

  /** Streams through the capture, each in a run of its own, one after the other or all at once. */
  stream(scenarios: readonly ScenarioRequest[], atOnce: boolean): Promise<StreamResult[]> {
    const name = `order ${++this.orders}, ${atOnce ? 'at once' : 'one by one'}`;
    return this.order({
      atOnce,
      streams: scenarios.map((scenario, number) => ({
        ...{ run: `${name}: ${number}`, scenario },
        url: `${this.capture.run(`${name}: ${number}`)('openai')}/chat/completions`,
      })),
    });
  }

  /** The same at once past the capture: what this machine itself adds. */
  async streamDirectly(scenarios: readonly ScenarioRequest[]): Promise<Omit<Streamed, 'call'>[]> {
    const url = `${this.mockUrl}/v1/chat/completions`;
    const streams = scenarios.map((scenario) => ({ run: '', scenario, url }));
    const results = await this.order({ atOnce: true, streams });
    return Promise.all(
      results.map(async (result) => ({ result, truth: await this.truthOf(result) })),
    );
  }

  private async order(order: ClientOrder): Promise<StreamResult[]> {
    const client = startScript('test/bench/streamClient.ts', []);
    client.stdin.end(JSON.stringify(order));
    return JSON.parse(await text(client.stdout)) as StreamResult[];
  }

  /** Stops the capture, and looks up what it has recorded and what was true. */
  async compare(results: readonly StreamResult[]): Promise<Streamed[]> {
    await this.capture.stop();
    const runs = await readRuns(this.capture.db);
    return Promise.all(
      results.map(async (result) => {
        const call = runs.get(result.run)?.calls[0];
        if (!call) throw new Error(`The trace has no call of the run "${result.run}".`);
        return { result, call, truth: await this.truthOf(result) };
      }),
    );
  }

  private async truthOf({ mockId }: StreamResult): Promise<Truth> {
    return (await (await fetch(`${this.mockUrl}/_truth/${mockId}`)).json()) as Truth;
  }

  async dispose(): Promise<void> {
    await this.capture.dispose();
    await end(this.mock);
  }
}

function startScript(path: string, words: readonly string[]) {
  return spawn(process.execPath, ['--import', 'tsx', path, ...words], {
    ...{ cwd: repository, stdio: ['pipe', 'pipe', 'inherit'] },
  });
}
