/** An agent that a person starts in a captured terminal, and the model server that it reaches through the capture. */
import { readFile, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { MockServer } from '../../mock/mockServer.js';
import type { Scenario } from '../../mock/scenario.js';
import type { Workbench } from './workbench.js';

const agentCode = `
import { readFileSync, writeFileSync } from 'node:fs';
const name = process.argv[2];
const { scenario, calls } = JSON.parse(readFileSync(name + '.json', 'utf8'));
const ask = async () => {
  const response = await fetch(process.env.OPENAI_BASE_URL + '/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-mock-scenario': JSON.stringify(scenario) },
    body: JSON.stringify({ model: name, stream: true, messages: [{ role: 'user', content: 'Hello' }] }),
  });
  const text = await response.text().catch((error) => String(error));
  return { id: response.headers.get('x-mock-id'), text };
};
const heard = await Promise.all(Array.from({ length: calls }, ask));
writeFileSync(name + '-heard.json', JSON.stringify(heard));
`;

/** Before VS Code opens the folder: the agent, and settings that send it to the model server. */
export async function prepareAgent(
  folder: string,
  mock: MockServer,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const upstreams = { openai: `${mock.url}/v1` };
  await writeFile(join(folder, 'agent.mjs'), agentCode);
  await mkdir(join(folder, '.vscode'), { recursive: true });
  await writeFile(
    join(folder, '.vscode', 'settings.json'),
    JSON.stringify({ 'llmStream.upstreams': upstreams, ...settings }),
  );
}

export interface HeardCall {
  /** How the model server names it. */
  readonly id: string;
  readonly text: string;
}

export class CapturedAgent {
  private constructor(
    private readonly folder: string,
    /** Also the model that it asks for. */
    readonly name: string,
  ) {}

  /** Types the command into the terminal that has the focus. */
  static async run(
    workbench: Workbench,
    name: string,
    scenario: Partial<Scenario>,
    calls = 1,
  ): Promise<CapturedAgent> {
    const { folder, page } = workbench;
    await writeFile(join(folder, `${name}.json`), JSON.stringify({ scenario, calls }));
    await page.keyboard.type(`node agent.mjs ${name}`);
    await page.keyboard.press('Enter');
    return new CapturedAgent(folder, name);
  }

  /** Settles when it has ended: what it was sent, byte for byte. */
  async heard(): Promise<HeardCall[]> {
    for (;;) {
      const text = await readFile(join(this.folder, `${this.name}-heard.json`), 'utf8').catch(
        () => '',
      );
      if (text.endsWith(']')) return JSON.parse(text) as HeardCall[];
      await delay(50);
    }
  }
}

/** The text of a stream of Chat Completions, whole only when it has its end. */
export function streamedText(body: string): string {
  if (!body.includes('data: [DONE]'))
    throw new Error(`The stream is not whole: …${body.slice(-200)}`);
  return body
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)) as ChatChunk)
    .map(({ choices }) => choices[0]?.delta?.content ?? '')
    .join('');
}

interface ChatChunk {
  readonly choices: readonly { readonly delta?: { readonly content?: string } }[];
}

/** A text of so many tokens, each of which can be told from all others. */
export const countedText = (tokens: number): string =>
  Array.from({ length: tokens }, (_, index) => `w${index + 1}`).join(' ');
