/**
 * A capture as an editor sees it: its line, its session, and how it ends. FAKE_CAPTURE says what goes wrong.
 * A script of its own, which plain Node runs.
 */
export const fakeCapture = `
const http = require('node:http');
const mode = process.env.FAKE_CAPTURE ?? '';
if (mode === 'fails') {
  process.stderr.write('llm-stream: looking for a port\\nPort 80 is taken. Choose another one.\\n');
  process.exit(1);
}
if (mode === 'crashes') throw new Error('a bug of the capture');
if (mode === 'babbles') process.stdout.write('no JSON\\n');

const db = process.argv[process.argv.indexOf('--db') + 1];
const token = 'token-of-the-fake';
const state = { state: 'listening', calls: 0 };
const streams = new Set();
const url = () => 'http://127.0.0.1:' + server.address().port;
const status = () =>
  JSON.stringify({
    ...{ ...state, url: url(), port: server.address().port, pid: process.pid, db },
    ...{ startedAtMs: 0, activeStreams: 0, tokens: 0, tokensPerSecond: 0 },
    ...{ problems: [], notices: [], settings: process.env.LLM_STREAM_PORT },
  });
const tell = () => {
  for (const stream of streams) stream.write('event: status\\ndata: ' + status() + '\\n\\n');
};
const server = http.createServer((request, response) => {
  if (request.headers.authorization !== 'Bearer ' + token) return response.writeHead(401).end();
  if (request.url === '/v1/session/stop') {
    response.writeHead(202).end();
    state.state = 'finishing';
    tell();
    // As one that folds its log: nobody listens any more, and the process is still there.
    setTimeout(() => {
      server.close();
      server.closeAllConnections();
      setTimeout(() => process.exit(), 100);
    }, 20);
  } else if (request.headers.accept === 'text/event-stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    streams.add(response);
    response.once('close', () => streams.delete(response));
    state.calls++;
    tell();
  } else if (request.url === '/drop') {
    for (const stream of streams) stream.destroy();
    response.end();
  } else {
    response.end(status());
  }
});
server.listen(0, '127.0.0.1', () => {
  if (mode !== 'babbles') process.stdout.write(JSON.stringify({ url: url(), token, db }) + '\\n');
});
`;
