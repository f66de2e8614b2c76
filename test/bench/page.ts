/** The trace page in a real VS Code: time to open, frames while scrolling and replaying. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildLargeTrace } from '../../demo/large.js';
import type { TracePage } from '../e2e/harness/tracePage.js';
import { Workbench, disposeLauncher } from '../e2e/harness/workbench.js';
import { type Figure, percentile } from './figures.js';
import { frameTimes } from './frames.js';

const frames = 180;
const opens = 5;

export async function benchPage(): Promise<Figure[]> {
  const workbench = await Workbench.open(async (folder) => {
    const write = async (name: string, tokensPerCall: number, calls: number): Promise<void> =>
      writeFile(join(folder, name), await buildLargeTrace({ calls, tokensPerCall }));
    for (let copy = 0; copy < opens; copy++) await write(`ten-${copy}.llmtrace`, 1_000, 10);
    await write('hundred.llmtrace', 100_000, 1);
    await writeFile(join(folder, 'nothing.txt'), '');
  });
  try {
    await workbench.openFile('nothing.txt');
    const empty = await frameTimes(workbench.page, frames);
    // The first one also starts the store process and the first webview: it has a line of its own.
    const [first = NaN, ...others] = await timeOpening(workbench);
    return [
      { name: 'VS Code: frames of an empty page', unit: 'ms', by: 'p95', samples: empty },
      {
        ...{ name: 'Page: first trace, 10,000 tokens, click to idle', unit: 'ms', by: 'max' },
        ...{ goal: 1_000, limit: 5_000, samples: [first] },
      },
      {
        ...{ name: 'Page: next traces, 10,000 tokens, click to idle', unit: 'ms', by: 'median' },
        ...{ goal: 1_000, limit: 3_000, samples: others },
      },
      ...(await benchLongCall(workbench, percentile(empty, 95))),
    ];
  } finally {
    await workbench.close();
    await disposeLauncher();
  }
}

async function timeOpening(workbench: Workbench): Promise<number[]> {
  const samples: number[] = [];
  for (let copy = 0; copy < opens; copy++) {
    const name = `ten-${copy}.llmtrace`;
    const start = performance.now();
    await workbench.page.getByRole('treeitem', { name }).dblclick();
    await workbench.tab(name).waitFor();
    await workbench.trace.runTimeline.getByRole('button').first().waitFor();
    await workbench.trace.whenIdle();
    samples.push(performance.now() - start);
  }
  return samples;
}

async function benchLongCall(workbench: Workbench, emptyP95: number): Promise<Figure[]> {
  const start = performance.now();
  const trace = await workbench.openTrace('hundred.llmtrace');
  await trace.selectStep(/100,000 tokens/);
  const opening = performance.now() - start;
  await trace.tabOf('Tokens').click();
  await trace.main.getByLabel('Page size').selectOption('All');
  await trace.whenIdle();
  const frame = await trace.frame();
  const scrolling = await frameTimes(frame, frames, () => scroll(trace));
  const rows = await trace.tokenRows.count();
  const zooming = await frameTimes(frame, frames, () => zoom(trace));
  await trace.main.getByRole('combobox', { name: 'Speed' }).selectOption('10×');
  const replaying = await frameTimes(frame, frames, () => trace.button('Play').click());
  await trace.button('Stop').click();
  // No page is faster than the machine paints an empty one.
  const limit = Math.max(50, 3 * emptyP95);
  const frameFigure = (name: string, samples: readonly number[]): Figure => ({
    ...{ name: `Page: frames, ${name}`, unit: 'ms', by: 'p95', goal: 16.7, limit, samples },
  });
  return [
    {
      ...{ name: 'Page: call of 100,000 tokens, open to idle', unit: 'ms', by: 'max' },
      ...{ goal: 2_000, limit: 8_000, samples: [opening] },
    },
    frameFigure('scrolling 100,000 tokens', scrolling),
    frameFigure('zooming 100,000 tokens', zooming),
    frameFigure('replaying 100,000 tokens at 10×', replaying),
    {
      ...{ name: 'Page: token rows in the page', unit: 'rows', by: 'max' },
      ...{ goal: 60, limit: 60, samples: [rows] },
    },
  ];
}

async function scroll(trace: TracePage): Promise<void> {
  await trace.tokenRows.first().hover();
  for (let turn = 0; turn < 60; turn++) await trace.page.mouse.wheel(0, 2_000);
}

async function zoom(trace: TracePage): Promise<void> {
  await trace.tokenTimeline.hover();
  for (let turn = 0; turn < 40; turn++) {
    await trace.page.mouse.wheel(0, turn < 20 ? -200 : 200);
  }
}
