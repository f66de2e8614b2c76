import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Consumer } from './harness/builtPackage.js';

const work = `
declare const console: { log(text: string): void };
async function work(trace: Trace): Promise<string> {
  await using stream = trace.startLlmStream({ model: 'm', prompt: 'p' });
  stream.addToken('Hi', { kind: 'reasoning' });
  const options: TraceOptions = { tokenSampleRate: 0.5 };
  trace.configure(options);
  let text = '';
  for await (const chunk of traceStream(() => Promise.resolve(['a', 'b']), { model: 'm' })) text += chunk;
  const length: number = trace.run('run', () => text.length);
  return text + String(length);
}
void work(trace).then((text) => console.log(text));
`;

/** What a capture is sent, line by line. */
class Sink {
  readonly lines: Record<string, unknown>[] = [];
  private readonly server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => (body += text));
    request.on('end', () => {
      const lines = body.split('\n').filter((line) => line !== '');
      this.lines.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>));
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ accepted: lines.length, rejected: [], rejected_count: 0 }));
    });
  });

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  names(type: string): unknown[] {
    return this.lines.filter((line) => line['type'] === type).map(({ name }) => name);
  }
}

describe('the package', function () {
  this.timeout(120_000);
  let consumer: Consumer;
  const sink = new Sink();
  let environment: Record<string, string> = {};
  before(async () => {
    consumer = await Consumer.create();
    environment = { LLM_STREAM_ENDPOINT: await sink.listen(), LLM_STREAM_TOKEN: 'any' };
  });
  after(async () => {
    sink.close();
    await consumer.remove();
  });

  it('has types, and runs as an ES module and as CommonJS, under plain Node', async () => {
    const imports = `import { trace, traceStream, type Trace, type TraceOptions } from 'llm-stream-sdk';`;
    await consumer.write('module.mts', imports + work);
    await consumer.write('common.cts', imports + work);
    await consumer.write('wrong.mts', `${imports}trace.startLlmStream().addToken(5);`);
    assert.equal(await consumer.compile('node16', 'module.mts', 'common.cts'), '');
    const errors = await consumer.compile('nodenext', 'module.mts', 'common.cts', 'wrong.mts');
    assert.match(errors, /^wrong\.mts.*'number' is not assignable to parameter of type 'string'/);
    assert.equal(errors.trim().split('\n').length, 1, errors);
    const common = await readFile(join(consumer.folder, 'common.cjs'), 'utf8');
    assert.match(common, /require\("llm-stream-sdk"\)/);
    for (const file of ['module.mjs', 'common.cjs']) {
      assert.equal(await consumer.node([file]), 'ab2\n', 'and prints nothing of its own');
    }
  });

  it('needs nothing but Node', async () => {
    const folder = join(consumer.folder, 'node_modules', 'llm-stream-sdk', 'dist');
    const imported = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\(\s*)["']([^"'\n]+)["']/g;
    for (const file of ['index.js', 'index.cjs']) {
      const text = await readFile(join(folder, file), 'utf8');
      const names = [...text.matchAll(imported)].map(([, name]) => name ?? '');
      assert.ok(names.length > 0);
      assert.deepEqual(
        names.filter((name) => !name.startsWith('node:')),
        [],
      );
    }
  });

  it('is one trace in a program that loads it in both ways', async () => {
    await consumer.write(
      'both.mjs',
      `import { createRequire } from 'node:module';
      import { trace } from 'llm-stream-sdk';
      const common = createRequire(import.meta.url)('llm-stream-sdk');
      trace.run('in both', () => common.trace.stage('of the other', () => undefined));`,
    );
    assert.equal(await consumer.node(['both.mjs'], environment), '');
    const run = sink.lines.find(({ name }) => name === 'in both');
    const stage = sink.lines.find(({ name }) => name === 'of the other');
    assert.ok(run && stage);
    assert.equal(stage['run_id'], run['run_id']);
  });

  it('names the run of what happens outside of any after the program', async () => {
    await consumer.write('my-agent.cjs', `require('llm-stream-sdk').trace.event('alone');`);
    await consumer.node(['my-agent.cjs'], environment);
    await consumer.node(['my-agent.cjs'], { ...environment, LLM_STREAM_RUN: 'named' });
    assert.deepEqual(sink.names('run_start').slice(-2), ['my-agent.cjs', 'named']);
  });

  it('says nothing of a stream that holds no text but an error', async () => {
    await consumer.write(
      'refused.mjs',
      `import { traceStream } from 'llm-stream-sdk';
      const part = { type: 'error', error: { status: 429 } };
      for await (const read of traceStream([part])) console.log(read.type);`,
    );
    assert.equal(await consumer.node(['refused.mjs'], environment), 'error\n');
    assert.equal(sink.lines.findLast(({ type }) => type === 'llm_call_end')?.['status'], 'failed');
  });

  it('fails that run after an uncaught exception, and leaves the exception as it is', async () => {
    await consumer.write(
      'fails.cjs',
      `require('llm-stream-sdk').trace.event('before'); throw new Error('not caught');`,
    );
    await assert.rejects(consumer.node(['fails.cjs'], environment), /Error: not caught/);
    assert.equal(sink.lines.at(-1)?.['type'], 'run_end');
    assert.equal(sink.lines.at(-1)?.['status'], 'failed');
    assert.ok(sink.names('event').includes('Error'));
  });

  it('shows an uncaught exception in the run in which it happened', async () => {
    await consumer.write(
      'crashes.mjs',
      `import { trace } from 'llm-stream-sdk';
      const crash = () => setTimeout(() => { throw new TypeError('in a timer'); }, 5);
      await Promise.all([
        trace.run('alive', () => new Promise((resolve) => setTimeout(resolve, 60_000))),
        trace.run('crashes', () => trace.stage('deep', () => new Promise(crash))),
      ]);`,
    );
    await assert.rejects(consumer.node(['crashes.mjs'], environment), /TypeError: in a timer/);
    const run = sink.lines.find(({ name }) => name === 'crashes');
    const stage = sink.lines.find(({ name }) => name === 'deep');
    const shown = sink.lines.filter(({ name }) => name === 'TypeError');
    assert.deepEqual(
      shown.map((line) => [line['run_id'], line['parent_id']]),
      [[run?.['run_id'], stage?.['step_id']]],
    );
  });

  it('traces each worker thread by itself', async () => {
    await consumer.write(
      'threads.cjs',
      `const { Worker, isMainThread, workerData } = require('node:worker_threads');
      const { trace } = require('llm-stream-sdk');
      const name = isMainThread ? 'main' : 'worker ' + workerData;
      trace.run(name, async () => {
        const stream = trace.startLlmStream({ name: 'call of ' + name });
        for (let index = 0; index < 1500; index++) trace.addLlmToken(index + ' ');
        if (isMainThread) {
          const workers = [1, 2].map((workerData) => new Worker(__filename, { workerData }));
          await Promise.all(workers.map((worker) => new Promise((done) => worker.on('exit', done))));
        }
        stream.end();
      });`,
    );
    assert.equal(await consumer.node(['threads.cjs'], environment), '');
    for (const name of ['main', 'worker 1', 'worker 2']) {
      const run = sink.lines.find((line) => line['name'] === name);
      const call = sink.lines.find((line) => line['name'] === `call of ${name}`);
      assert.ok(run && call, name);
      assert.equal(call['run_id'], run['run_id']);
      const tokens = sink.lines
        .filter((line) => line['llm_call_id'] === call['llm_call_id'] && 'tokens' in line)
        .flatMap(({ tokens }) => tokens as { token: string }[]);
      assert.equal(tokens.length, 1_500, name);
    }
  });
});
