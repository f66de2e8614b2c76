/** Our proxy beside LiteLLM's and mitmproxy: what each adds to the way of a chunk, and what it costs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { end } from '../../../scripts/children.js';
import { CaptureProcess } from '../../clients/harness/captureProcess.js';
import { percentile } from '../figures.js';
import { peakMegabytes } from '../processUsage.js';
import { key } from '../proxy/key.js';
import { type Target, measure, startTarget } from '../proxy/measure.js';
import type { Peers } from './install.js';
import { milliseconds, table } from './tables.js';

const startTimeoutMs = 180_000;

export async function compareProxies(
  { litellm, mitmproxy }: Peers,
  { seconds = 4 } = {},
): Promise<string> {
  const children: ChildProcess[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'llm-stream-peers-'));
  const model = await startTarget(children, 'no proxy', 'upstream.ts');
  const capture = await CaptureProcess.start({ upstreams: { openai: model.url } });
  try {
    const targets: Target[] = [
      { ...model, pid: undefined },
      { name: 'this capture', url: `${capture.address.url}/openai`, pid: capture.child.pid },
      await startMitmproxy(children, folder, mitmproxy, model.url),
      await startLitellm(children, folder, litellm, model.url),
    ];
    const rows: string[][] = [];
    for (const streams of [1, 10, 100]) {
      const measured = await measure(targets, streams, seconds);
      const direct = measured[0]?.latencies ?? [];
      for (const [index, { latencies, load }] of measured.entries()) {
        if (index === 0) continue;
        const { name = '', pid } = targets[index] ?? {};
        const added = (percent: number): string =>
          milliseconds(percentile(latencies, percent) - percentile(direct, percent));
        const memory = pid === undefined ? null : peakMegabytes(pid);
        rows.push([
          ...[String(streams), name, added(50), added(99), `${(load * 100).toFixed(1)} %`],
          memory === null ? 'not told here' : `${memory.toFixed(0)} MB`,
        ]);
      }
    }
    return table(
      'Proxy: what it adds to the way of a chunk (50 chunks/s a stream)',
      ['streams', 'proxy', 'added, p50', 'added, p99', 'of a core', 'most memory'],
      rows,
    );
  } finally {
    await capture.dispose();
    for (const child of children) await end(child);
    await rm(folder, { recursive: true, force: true });
  }
}

async function startMitmproxy(
  children: ChildProcess[],
  folder: string,
  python: string,
  upstream: string,
): Promise<Target> {
  const addon = join(folder, 'stream.py');
  // Otherwise it waits for the whole answer.
  await writeFile(addon, 'def responseheaders(flow):\n    flow.response.stream = True\n');
  const port = await freePort();
  const program = 'from mitmproxy.tools.main import mitmdump; mitmdump()';
  return startPython(children, folder, {
    ...{ name: 'mitmproxy', python, port, alivePath: '/' },
    words: [
      ...['-c', program, '--quiet', '--mode', `reverse:${upstream}`, '--scripts', addon],
      ...['--listen-host', '127.0.0.1', '--listen-port', String(port)],
      ...['--set', `confdir=${folder}`],
    ],
  });
}

async function startLitellm(
  children: ChildProcess[],
  folder: string,
  python: string,
  upstream: string,
): Promise<Target> {
  const configuration = join(folder, 'litellm.yaml');
  const parameters = { model: 'openai/*', api_base: upstream, api_key: 'none' };
  await writeFile(
    configuration,
    // JSON is YAML.
    JSON.stringify({
      model_list: [{ model_name: '*', litellm_params: parameters }],
      general_settings: { master_key: key },
      litellm_settings: { telemetry: false, num_retries: 0 },
    }),
  );
  const port = await freePort();
  const program = 'from litellm import run_server; run_server()';
  return startPython(children, folder, {
    ...{ name: 'LiteLLM', python, port, alivePath: '/health/liveliness' },
    words: [
      '-c',
      program,
      '--config',
      configuration,
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
    ],
  });
}

interface PythonProxy {
  readonly name: string;
  readonly python: string;
  readonly words: readonly string[];
  readonly port: number;
  /** Whatever is answered there means that it listens. */
  readonly alivePath: string;
}

async function startPython(
  children: ChildProcess[],
  folder: string,
  { name, python, words, port, alivePath }: PythonProxy,
): Promise<Target> {
  const log = await open(join(folder, `${name}.log`), 'w');
  const environment = {
    ...{ LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_TELEMETRY: 'False' },
    ...{ DISABLE_ADMIN_UI: 'True', NO_PROXY: '127.0.0.1', PYTHONUTF8: '1' },
  };
  const child = spawn(python, words, {
    ...{ cwd: folder, env: { ...process.env, ...environment } },
    stdio: ['ignore', log.fd, log.fd],
  });
  children.push(child);
  await log.close();
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + startTimeoutMs;
  while (
    !(await fetch(url + alivePath).then(
      () => true,
      () => false,
    ))
  ) {
    if (child.exitCode !== null || performance.now() > deadline) {
      const said = await readFile(join(folder, `${name}.log`), 'utf8');
      throw new Error(`${name} did not start. It said:\n${said.slice(-2_000)}`);
    }
    await wait(100);
  }
  return { name, url, pid: child.pid };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
