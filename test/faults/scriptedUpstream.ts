/** A model server that answers byte for byte what a test says, however wrong that is. */
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Answers a request for the model of its name. */
export type Script = (response: ServerResponse, signal: AbortSignal) => Promise<void> | void;

export interface ScriptedUpstream {
  /** As `--upstream openai=…` wants it. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startUpstream(
  scripts: Readonly<Record<string, Script>>,
): Promise<ScriptedUpstream> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { model } = JSON.parse(await text(request)) as { model: string };
    const left = new AbortController();
    response.once('close', () => left.abort());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    await scripts[model]?.(response, left.signal);
  };
  const server = createServer((request, response) => {
    // What a client does not wait for, nobody has to be told of.
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** One chunk of OpenAI's chat completions. */
export const chunk = (content: string): string =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content } }] })}\n\n`;

export const finish = `data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;

export const tokenTexts = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `t${index} `);

/** Waits for room, as a server does that does not want to hold everything in memory. */
export async function write(response: ServerResponse, bytes: string | Buffer): Promise<void> {
  if (!response.write(bytes)) await once(response, 'drain');
}

/** Asks a model through a capture, as an agent does. */
export const askFor = (baseUrl: string, model: string, signal?: AbortSignal): Promise<Response> =>
  fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Go on.' }] }),
    ...(signal ? { signal } : {}),
  });
