/** The figures of viewing as a part of docs/performance.md. */
import { percentile } from '../figures.js';
import { machine, markdownTable as table } from '../performancePage.js';
import type { GestureFigures, Viewing } from './viewing.js';

export const command = 'npm run bench:scale';

export function scaleReport(viewings: readonly Viewing[]): string {
  return [
    '## Viewing traces of any size',
    `Measured by \`${command}\` in VS Code, on ${machine()}. Every trace is opened in a window of its own; "empty" are the ` +
      'frames of VS Code with an empty file, as fast as this machine paints.',
    '### Opening and memory',
    table(
      ['Trace', 'File', 'First opening', 'Next openings', 'Goal', 'Host', 'Store', 'Window'],
      viewings.map(({ trace, fileBytes, firstOpeningMs, openingMs, memory }) => [
        trace.name,
        megabytes(fileBytes / 1e6),
        milliseconds(firstOpeningMs),
        milliseconds(percentile(openingMs, 50)),
        trace.openingGoalMs === undefined ? '' : `≤ ${milliseconds(trace.openingGoalMs)}`,
        ...[memory.host, memory.store, memory.page].map(megabytes),
      ]),
    ),
    'From the double click to the idle page: the first time with the start of the store process, then the median of ' +
      `${viewings[0]?.openingMs.length ?? 0}. Memory is the most that each process held until then.`,
    '### Frames, messages and bytes while it is used',
    ...viewings.flatMap(gestureSection),
  ].join('\n\n');
}

function gestureSection(viewing: Viewing): string[] {
  const { trace, emptyFrameMs, tokenRows } = viewing;
  return [
    `**${trace.name}** (${tokenRows} token rows in the page)`,
    table(
      ['', 'p50', 'p95', 'Longest', 'Turns', 'Messages', 'kB'],
      [
        ['empty', ...frameCells(emptyFrameMs), '', '', ''],
        ...viewing.gestures.map(({ gesture, frameMs, traffic }: GestureFigures) => [
          gesture.name,
          ...frameCells(frameMs),
          String(gesture.turns),
          String(traffic.messages),
          (traffic.bytes / 1_000).toFixed(0),
        ]),
      ],
    ),
  ];
}

const frameCells = (frameMs: readonly number[]): string[] =>
  [50, 95, 100].map((percent) => `${percentile(frameMs, percent).toFixed(1)} ms`);

const milliseconds = (value: number): string => `${Math.round(value).toLocaleString('en')} ms`;

const megabytes = (value: number | null): string =>
  value === null ? '' : `${value < 10 ? value.toFixed(1) : value.toFixed(0)} MB`;
