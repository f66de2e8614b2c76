/** The trace page beside speedscope, which opens Chrome traces: the same events, in the same Chromium. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { Random } from '../../../demo/random.js';
import { buildLargeTrace, manyTokens } from '../../../demo/large.js';
import { fileSource } from '../../page/traceSource.js';
import { bundlePage, launchBrowser, openTracePage } from '../../page/tracePage.js';
import { stallRule } from '../../page/syntheticTrace.js';
import { percentile } from '../figures.js';
import { frameTimes } from '../frames.js';
import type { Peers } from './install.js';
import { milliseconds, table } from './tables.js';

const tokensPerCall = 1_000;
const frames = 120;
const rounds = 3;

interface Seen {
  readonly opening: number[];
  readonly zooming: number[];
}

export async function compareSpeedscope({ modules }: Peers): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'llm-stream-speedscope-'));
  const browser = await launchBrowser();
  const server = await serve([join(modules, 'speedscope', 'dist', 'release'), folder]);
  const rows: string[][] = [];
  try {
    const empty = await emptyFrames(browser);
    for (const tokens of [100_000, 1_000_000]) {
      const calls = tokens / tokensPerCall;
      const trace = join(folder, `${tokens}.llmtrace`);
      await writeFile(trace, await buildLargeTrace({ calls, tokensPerCall }));
      await writeFile(join(folder, `${tokens}.json`), chromeTrace(calls));
      const ours: Seen = { opening: [], zooming: [] };
      const theirs: Seen = { opening: [], zooming: [] };
      for (let round = 0; round < rounds; round++) {
        await seeOurs(browser, trace, ours);
        await seeTheirs(browser, server, `${tokens}.json`, theirs);
      }
      for (const [name, { opening, zooming }] of [
        ['this page', ours],
        ['speedscope', theirs],
      ] as const) {
        const frame = (percent: number): string => milliseconds(percentile(zooming, percent));
        rows.push([
          ...[tokens.toLocaleString('en'), name, milliseconds(percentile(opening, 50))],
          ...[frame(50), frame(95), milliseconds(Math.max(...zooming))],
        ]);
      }
    }
    rows.push([
      '0',
      'an empty page',
      '',
      ...[50, 95].map((at) => milliseconds(percentile(empty, at))),
    ]);
    rows.at(-1)?.push(milliseconds(Math.max(...empty)));
  } finally {
    server.close();
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
  return table(
    'Viewing: the same events in one Chromium (software rendering)',
    ['tokens', 'page', 'open to first picture, p50', 'frame while zooming, p50', 'p95', 'most'],
    rows,
  );
}

async function emptyFrames(browser: Browser): Promise<number[]> {
  const page = await browser.newPage();
  const samples = await frameTimes(page, frames);
  await page.close();
  return samples;
}

/** Reading the file included, as in speedscope. */
async function seeOurs(browser: Browser, path: string, { opening, zooming }: Seen): Promise<void> {
  const bundle = await bundlePage();
  const start = performance.now();
  const source = await fileSource(path, stallRule);
  const { page, close } = await openTracePage(browser, bundle, { source });
  opening.push(performance.now() - start);
  await page.getByRole('region', { name: 'Run timeline' }).hover();
  zooming.push(...(await frameTimes(page, frames, () => zoom(page))));
  await close();
}

async function seeTheirs(
  browser: Browser,
  server: Server,
  file: string,
  { opening, zooming }: Seen,
): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const context = await browser.newContext({ viewport: { width: 1_180, height: 780 } });
  const page = await context.newPage();
  const start = performance.now();
  await page.goto(`${origin}/index.html#profileURL=${encodeURIComponent(`${origin}/${file}`)}`);
  await page.getByText('Left Heavy').waitFor({ timeout: 120_000 });
  // What shows that a picture was painted: the frame after the next one begins.
  await frameTimes(page, 1);
  opening.push(performance.now() - start);
  await page.mouse.move(590, 300);
  // Zooms with the modifier, as its documentation says.
  await page.keyboard.down('Control');
  zooming.push(...(await frameTimes(page, frames, () => zoom(page))));
  await page.keyboard.up('Control');
  await context.close();
}

async function zoom(page: Page): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await page.mouse.wheel(0, turn < 20 ? -200 : 200);
}

/** Each token from when the one before it came to when it came, each call a thread. */
function chromeTrace(calls: number): string {
  const random = new Random(1);
  let startUs = 0;
  const parts: string[] = [];
  for (let call = 1; call <= calls; call++) {
    let beforeUs = 0;
    for (const { text, offsetUs } of manyTokens(random, tokensPerCall)) {
      const [ts, dur] = [startUs + beforeUs, offsetUs - beforeUs];
      parts.push(JSON.stringify({ name: text, ph: 'X', pid: 1, tid: 1, ts, dur }));
      beforeUs = offsetUs;
    }
    startUs += beforeUs + 5_000;
  }
  return `{"traceEvents":[${parts.join(',\n')}]}`;
}

const types: Readonly<Record<string, string>> = {
  ...{ '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' },
  ...{ '.json': 'application/json', '.wasm': 'application/wasm' },
};

async function serve(folders: readonly string[]): Promise<Server> {
  const server = createServer((request, response) => {
    const name = basename(new URL(request.url ?? '/', 'http://page').pathname);
    const find = async (): Promise<Buffer | undefined> => {
      for (const folder of folders) {
        const bytes = await readFile(join(folder, name)).catch(() => undefined);
        if (bytes) return bytes;
      }
      return undefined;
    };
    void find().then((bytes) => {
      const type = types[extname(name)] ?? 'application/octet-stream';
      response.writeHead(bytes ? 200 : 404, { 'Content-Type': type }).end(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
