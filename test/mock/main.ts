/**
 * The mock as a process of its own: `npx tsx test/mock/main.ts [--port N] [--tls]` prints one line of JSON when it
 * listens: `{"url","port"}`, with --tls also "certificate", the path of a PEM file to trust.
 */
import { parseArgs } from 'node:util';
import { certificatePath, startMockServer } from './mockServer.js';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, tls: { type: 'boolean', default: false } },
});
const mock = await startMockServer({ port: Number(values.port), tls: values.tls });
const { url, port } = mock;
const address = { url, port, ...(values.tls ? { certificate: certificatePath } : {}) };
process.stdout.write(`${JSON.stringify(address)}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void mock.close());
