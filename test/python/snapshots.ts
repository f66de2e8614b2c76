/**
 * Traces as they are while a capture records into them, for tests in Python, which can read SQLite only. Prints
 * `{"url"}`; what is posted there is the path of a trace, and answered with a database of all that is in it and its log.
 */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fold } from '../../src/capture/log/foldJob.js';
import { logSuffix } from '../../src/store/log/logLines.js';

async function snapshot(tracePath: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'llm-stream-snapshot-'));
  const copy = join(folder, 'copy.llmtrace');
  try {
    // The log first: what is put into the trace meanwhile is there twice, which changes nothing.
    copyFileSync(tracePath + logSuffix, copy + logSuffix);
    if (existsSync(tracePath)) copyFileSync(tracePath, copy);
    const logEnd = statSync(copy + logSuffix).size;
    const job = { mayMake: true, logEnd, interrupt: null, inBackground: false };
    const { temporary } = await fold({ tracePath: copy, ...job });
    return readFileSync(temporary ?? copy);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const server = createServer((request, response) => {
  void text(request)
    .then(snapshot)
    .then((database) => response.end(database))
    .catch((error: unknown) => response.writeHead(500).end(String(error)));
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${String(port)}` })}\n`);
});
