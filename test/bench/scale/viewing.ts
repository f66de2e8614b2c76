/** Opens a trace in a VS Code of its own and does with it what a person does. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { Workbench } from '../../e2e/harness/workbench.js';
import { frameTimes } from '../frames.js';
import { type Gesture, gestures } from './gestures.js';
import { type PeakMemory, peakMemory, processIds } from './processes.js';
import { type ScaleTrace, traceBytes } from './traces.js';
import { type Traffic, countTraffic, trafficOf } from './traffic.js';

export interface GestureFigures {
  readonly gesture: Gesture;
  readonly frameMs: readonly number[];
  readonly traffic: Traffic;
}

export interface Viewing {
  readonly trace: ScaleTrace;
  readonly fileBytes: number;
  /** Double click to idle page: with the start of the store process, and when that runs. */
  readonly firstOpeningMs: number;
  readonly openingMs: readonly number[];
  readonly emptyFrameMs: readonly number[];
  readonly gestures: readonly GestureFigures[];
  /** Rows of the token grid that are in the page while all are scrolled through. */
  readonly tokenRows: number;
  readonly memory: PeakMemory;
}

const frames = 150;
const openings = 3;

export async function measureViewing(trace: ScaleTrace): Promise<Viewing> {
  const bytes = await traceBytes(trace);
  const before = processIds();
  const workbench = await Workbench.open(async (folder) => {
    for (let copy = 0; copy <= openings; copy++) {
      await writeFile(join(folder, nameOf(copy)), bytes);
    }
    await writeFile(join(folder, 'nothing.txt'), '');
  });
  try {
    await workbench.openFile('nothing.txt');
    const emptyFrameMs = await frameTimes(workbench.page, frames);
    const firstOpeningMs = await timeOpening(workbench, nameOf(0));
    const frame = await workbench.trace.frame();
    const measured: GestureFigures[] = [];
    for (const gesture of gestures) measured.push(await perform(workbench, frame, gesture));
    const tokenRows = await workbench.trace.tokenRows.count();
    const memory = peakMemory(before);
    const openingMs: number[] = [];
    for (let copy = 1; copy <= openings; copy++) {
      await workbench.runCommand('View: Close All Editors');
      openingMs.push(await timeOpening(workbench, nameOf(copy)));
    }
    return {
      ...{ trace, fileBytes: bytes.length, firstOpeningMs, openingMs, emptyFrameMs, memory },
      ...{ gestures: measured, tokenRows },
    };
  } finally {
    await workbench.close();
  }
}

const nameOf = (copy: number): string => `trace-${copy}.llmtrace`;

async function timeOpening(workbench: Workbench, name: string): Promise<number> {
  const file = workbench.page.getByRole('treeitem', { name });
  await file.waitFor();
  const start = performance.now();
  await file.dblclick();
  const deadline = start + 120_000;
  while (!(await isShown(workbench.page.frames()))) {
    if (performance.now() > deadline) throw new Error(`${name} was not shown within two minutes.`);
  }
  return performance.now() - start;
}

/** Whether one of the frames is a page that shows its trace and waits for nothing. */
async function isShown(all: readonly Frame[]): Promise<boolean> {
  const shown = await Promise.all(
    all.map((frame) =>
      frame
        .evaluate(() => {
          const main = document.querySelector('main[data-idle="true"]');
          const isVisible = main?.querySelector('.run-plot')?.checkVisibility() ?? false;
          return isVisible && main?.getAttribute('data-generation') !== '0';
        })
        // Frames come and go while an editor opens.
        .catch(() => false),
    ),
  );
  return shown.includes(true);
}

async function perform(
  { trace }: Workbench,
  frame: Frame,
  gesture: Gesture,
): Promise<GestureFigures> {
  await gesture.prepare?.(trace);
  await trace.whenIdle();
  await countTraffic(frame);
  const frameMs = await frameTimes(frame, frames, () => gesture.perform(trace));
  const traffic = await trafficOf(frame);
  await gesture.finish?.(trace);
  await trace.whenIdle();
  return { gesture, frameMs, traffic };
}
