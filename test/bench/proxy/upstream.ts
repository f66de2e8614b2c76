/** A model as a process of its own: streams of OpenAI chat chunks whose text is the time at which each was written. */
import { type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

const server = createServer((request, response) => {
  // Somebody asks whether a proxy in front of us listens.
  if (request.method !== 'POST') return void response.writeHead(404).end();
  void json(request).then((body) => {
    // In the name of the model, which every proxy passes on.
    const [, count = 0, gapMs = 0] = (body as { model: string }).model.split('-').map(Number);
    stream(response, count, gapMs);
  });
});

function stream(response: ServerResponse, count: number, gapMs: number): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const start = performance.now();
  let sent = 0;
  const send = (): void => {
    if (response.destroyed) return;
    // System-wide on Linux: the client reads the same clock.
    const content = `${process.hrtime.bigint()} `;
    const choices = [{ index: 0, delta: { content }, finish_reason: null }];
    const chunk = { id: 'bench', object: 'chat.completion.chunk', model: 'bench', choices };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    if (++sent === count) return void response.end('data: [DONE]\n\n');
    setTimeout(send, start + sent * gapMs - performance.now());
  };
  send();
}

// Proxies keep connections between rounds, and not all of them notice that one was closed.
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
