/** The least that a proxy in Node can be, to compare with: `barePipe.ts UPSTREAM_URL`. */
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const agent = new Agent({ keepAlive: true });
const base = process.argv[2] ?? '';

const server = createServer((incoming, response) => {
  const path = (incoming.url ?? '').replace(/^\/openai/, '');
  const { method, headers } = incoming;
  const outgoing = request(`${base}${path}`, { agent, method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  incoming.pipe(outgoing);
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
