/** What a person does with an open trace, each as many small turns as a hand makes. */
import type { TracePage } from '../../e2e/harness/tracePage.js';

export interface Gesture {
  readonly name: string;
  /** How many single turns, keys or clicks it is. */
  readonly turns: number;
  /** Done before anything is measured. */
  readonly prepare?: (trace: TracePage) => Promise<void>;
  readonly perform: (trace: TracePage) => Promise<void>;
  readonly finish?: (trace: TracePage) => Promise<void>;
}

const turns = 60;

export const gestures: readonly Gesture[] = [
  {
    ...{ name: 'zooming the run', turns },
    perform: (trace) => wheelOver(trace, '.run-plot', zoomTurns, 'Control'),
    finish: (trace) => trace.button('Fit').click(),
  },
  {
    ...{ name: 'panning the run', turns },
    prepare: (trace) => wheelOver(trace, '.run-plot', Array<number>(12).fill(-200), 'Control'),
    perform: (trace) => wheelOver(trace, '.run-plot', panTurns, 'Shift'),
    finish: (trace) => trace.button('Fit').click(),
  },
  {
    ...{ name: 'scrolling the rows', turns },
    perform: (trace) => wheelOver(trace, '.run-legend', Array<number>(turns).fill(400)),
  },
  {
    ...{ name: 'zooming the tokens', turns },
    perform: (trace) => wheelOver(trace, '.token-timeline', zoomTurns),
  },
  {
    ...{ name: 'panning the tokens', turns },
    prepare: (trace) => wheelOver(trace, '.token-timeline', Array<number>(8).fill(-200)),
    perform: (trace) => wheelOver(trace, '.token-timeline', panTurns, 'Shift'),
    finish: (trace) => wheelOver(trace, '.token-timeline', Array<number>(12).fill(400)),
  },
  {
    ...{ name: 'scrolling the grid', turns },
    prepare: async (trace) => {
      await trace.main.getByLabel('Page size').selectOption('All');
    },
    perform: (trace) => wheelOver(trace, '.token-grid', Array<number>(turns).fill(2_000)),
  },
  {
    ...{ name: 'replaying at 10×', turns: 1 },
    prepare: async (trace) => {
      await trace.speed.selectOption('10×');
    },
    perform: (trace) => trace.button('Play').click(),
    finish: (trace) => trace.button('Stop').click(),
  },
  {
    ...{ name: 'searching', turns: 'the stream'.length },
    perform: (trace) => search(trace, 'the stream'),
    finish: (trace) => searchField(trace).fill(''),
  },
];

const zoomTurns = Array.from({ length: turns }, (_, turn) => (turn < turns / 2 ? -80 : 80));
const panTurns = Array.from({ length: turns }, (_, turn) => (turn < turns / 2 ? 60 : -60));

async function wheelOver(
  { main, page }: TracePage,
  place: string,
  deltas: readonly number[],
  key?: 'Control' | 'Shift',
): Promise<void> {
  await main.locator(place).hover();
  if (key) await page.keyboard.down(key);
  for (const delta of deltas) await page.mouse.wheel(0, delta);
  if (key) await page.keyboard.up(key);
}

const searchField = ({ main }: TracePage) => main.getByRole('textbox', { name: 'Search tokens' });

async function search(trace: TracePage, text: string): Promise<void> {
  // Longer than the field waits for another key, so that each is searched.
  await searchField(trace).pressSequentially(text, { delay: 130 });
}
