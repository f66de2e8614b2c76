/** A model server and agents as processes of their own: neither waits for the extension host. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import * as vscode from 'vscode';
import type { Scenario } from '../../mock/scenario.js';
import type { Truth } from '../../mock/truth.js';
import type { CaptureState } from '../../../src/editor/captureController.js';
import type { CaptureStatus } from '../../../src/protocol/captureStatus.js';
import { extension, inspector } from './inspector.js';

const node = (...words: readonly string[]): ChildProcess =>
  spawn(process.execPath, words, {
    cwd: extension().extensionPath,
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });

export class ModelServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
  ) {}

  static async start(): Promise<ModelServer> {
    const child = node('--import', 'tsx', 'test/mock/main.ts');
    return new ModelServer(child, (JSON.parse(await line(child)) as { url: string }).url);
  }

  get upstreams(): Record<string, string> {
    return { openai: `${this.url}/v1`, gemini: this.url };
  }

  async truth(id: string): Promise<Truth> {
    return (await (await fetch(`${this.url}/_truth/${id}`)).json()) as Truth;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill();
    await exited;
  }
}

const agentCode = `
const { url, scenario } = JSON.parse(process.argv[1]);
const response = await fetch(url + '/chat/completions', {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-mock-scenario': JSON.stringify(scenario) },
  body: JSON.stringify({ model: 'gpt-mock', stream: true, messages: [{ role: 'user', content: 'Hello' }] }),
});
console.log(response.headers.get('x-mock-id'));
console.log(JSON.stringify(await response.text().catch((error) => error.message)));
`;

export interface Agent {
  /** Settles when the response begins: how the model server names it. */
  readonly id: Promise<string>;
  /** Everything that it was sent. */
  readonly heard: Promise<string>;
}

/** Asks for one stream. */
export function runAgent(url: string, scenario: Partial<Scenario>): Agent {
  const child = node('--input-type=module', '-e', agentCode, JSON.stringify({ url, scenario }));
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  const id = next();
  return { id, heard: id.then(next).then((text) => JSON.parse(text) as string) };
}

async function line(child: ChildProcess): Promise<string> {
  const [first] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  return first;
}

/** Settles with the first state of the capture that fulfils the condition. */
export async function whenCapture(
  condition: (state: CaptureState) => boolean,
): Promise<CaptureState> {
  const { captures } = await inspector();
  return new Promise((resolve) => {
    if (condition(captures.state)) return resolve(captures.state);
    const listener = captures.onDidChange((state) => {
      if (!condition(state)) return;
      listener.dispose();
      resolve(state);
    });
  });
}

/** Settles with the first status that fulfils the condition. */
export async function whenStatus(
  condition: (status: CaptureStatus) => boolean = () => true,
): Promise<CaptureStatus> {
  const state = await whenCapture((now) => now.state === 'on' && condition(now.status));
  if (state.state !== 'on') throw new Error('unreachable');
  return state.status;
}

export async function set(name: string, value: unknown): Promise<void> {
  const target = vscode.ConfigurationTarget.Workspace;
  await vscode.workspace.getConfiguration('llmStream').update(name, value, target);
}
