import assert from 'node:assert/strict';
import { type Step, runKey } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import { timeScale } from '../../../webview/timeline/axis.js';
import { type Mark, rowMarks } from '../../../webview/timeline/runLayout.js';
import { paintRun } from '../../../webview/timeline/runPaint.js';
import { rowKeyEffect } from '../../../webview/timeline/runRowKeys.js';
import { type RunRow, runRows } from '../../../webview/timeline/runRows.js';
import { lanesAround } from '../../../webview/timeline/runTree.js';
import { markText } from '../../../webview/timeline/runWords.js';
import { SentTrace } from '../../page/sentTrace.js';
import { stagesAgent } from '../../page/stagesAgent.js';
import { SyntheticTrace } from '../../page/syntheticTrace.js';
import { DrawLog } from './drawLog.js';
import { sampleTheme } from './sampleTheme.js';

const startMs = 1_763_627_000_000;
/** 12 000 ms on 1 200 px between the insets: 10 ms a pixel, from pixel 8. */
const width = 1_224;
const scale = timeScale({ fromUs: microseconds(0), toUs: microseconds(12_000_000) }, width);
const x = (ms: number): number => 8 + ms / 10;

interface Shown {
  readonly steps: readonly Step[];
  readonly rows: readonly RunRow[];
}

/** The lanes with these names are closed. */
async function shown(closed: readonly string[] = [], untilMs = 60_000): Promise<Shown> {
  const { source } = await SentTrace.of(stagesAgent(startMs).until(untilMs));
  const run = source.run({ run: source.summary.runs[0]?.key ?? runKey(1) });
  const collapsed = run.steps.filter(({ name }) => closed.includes(name)).map(({ id }) => id);
  const nowUs = untilMs < 12_000 ? microseconds(untilMs * 1_000) : null;
  return { steps: run.steps, rows: runRows(run, '', nowUs, collapsed) };
}

const rowOf = ({ rows }: Shown, name: string): RunRow => {
  const row = rows.find((one) => one.name === name);
  assert.ok(row, name);
  return row;
};
const marksOf = (page: Shown, name: string): Mark[] =>
  rowMarks(rowOf(page, name), page.rows, scale).map((mark) => ({
    ...mark,
    left: Math.round(mark.left),
    ...('right' in mark ? { right: Math.round(mark.right) } : {}),
  }));
const kindsOf = (page: Shown, name: string): string[] =>
  marksOf(page, name).map(({ kind }) => kind);

function drawn({ rows }: Shown, scrollTop = 0): DrawLog {
  const log = new DrawLog(width);
  const about = { selectedRow: -1, hoveredRow: -1, rates: null, strongestRate: 100 };
  paintRun(log.context, { width, height: 600 }, { rows, scale, scrollTop, ...about }, sampleTheme);
  return log;
}

describe('a stage in the run timeline', () => {
  it('spans its time, and its phases stand side by side in it', async () => {
    const page = await shown();
    const [transition, bar, detailed, summary, ...others] = marksOf(page, 'write');
    assert.equal(transition?.kind, 'transition');
    assert.deepEqual(bar, {
      ...{ kind: 'stage', left: x(2_900), right: x(7_900) },
      ...{ progress: null, status: null, tone: 'neutral' },
    });
    const phase = { kind: 'phase', status: null };
    assert.deepEqual(
      [detailed, summary],
      [
        { ...phase, left: x(2_900), right: x(6_400), place: 0, label: 'detailed' },
        { ...phase, left: x(6_400), right: x(7_900), place: 1, label: 'summary' },
      ],
    );
    assert.deepEqual(others, []);
  });

  it('says how far it is and at what while it runs, and nothing of it afterwards', async () => {
    const running = await shown([], 5_000);
    const status = { long: '50 % · all the findings', brief: '50 %' };
    const bar = marksOf(running, 'write')[0];
    assert.deepEqual(bar?.kind === 'stage' && [bar.progress, bar.right], [0.5, x(5_000)]);
    const phase = marksOf(running, 'write')[1];
    assert.deepEqual(phase?.kind === 'phase' && phase.status, status);
    assert.equal(rowOf(running, 'write').figures, 'running, 50 %');
    const log = drawn(running);
    assert.ok(log.texts.includes(status.long));
    assert.deepEqual(
      log.rects('focus').map(({ x: left, width: length }) => [left, length]),
      [[x(2_900), (x(5_000) - x(2_900)) / 2]],
    );
    const ended = await shown();
    assert.equal(rowOf(ended, 'write').figures, '5.00 s');
    assert.deepEqual(drawn(ended).rects('focus'), []);
    assert.ok(!drawn(ended).texts.some((text) => text.includes('%')));
  });

  it('says how far it was when it was cut off', async () => {
    const trace = await SentTrace.of(stagesAgent(startMs).until(5_000));
    const source = trace.end();
    const rows = runRows(source.run({ run: source.summary.runs[0]!.key }), '');
    const write = rows.find(({ name }) => name === 'write');
    assert.equal(write?.figures, 'interrupted at 50 %');
    const ending = rowMarks(write, rows, scale).at(-1);
    assert.equal(ending?.kind === 'ending' && ending.label, '✕ interrupted at 50 %');
  });

  it('has names of phases only where they fit', async () => {
    const page = await shown();
    assert.deepEqual(
      drawn(page).texts.filter((text) => ['detailed', 'summary'].includes(text)),
      ['detailed', 'summary'],
    );
    const row = rowOf(page, 'write');
    const phases = Array.from({ length: 40 }, (_, at) => ({
      name: `phase ${at}`,
      offsetUs: microseconds(at * 20_000),
    }));
    const stage = { progress: null, message: null, phases };
    const many = { ...page, rows: [{ ...row, step: { ...row.step, stage } }] };
    // All but the last, which goes on until the end, are 2 px wide.
    assert.deepEqual(
      drawn(many).texts.filter((text) => text.startsWith('phase')),
      ['phase 39'],
    );
  });

  it('leads to the next stage of the same group, and of none', async () => {
    const page = await shown();
    const next = (name: string) => {
      const { nextStage } = rowOf(page, name);
      return nextStage && [nextStage.name, nextStage.gapUs, page.rows[nextStage.row]?.name];
    };
    assert.deepEqual(next('collect'), ['write', 500_000, 'write']);
    assert.deepEqual(next('write'), ['check', 0, 'check']);
    assert.deepEqual(next('report'), ['publish', 400_000, 'publish']);
    assert.equal(next('check'), null);
    const [transition] = marksOf(page, 'collect');
    assert.ok(transition);
    assert.deepEqual(transition, {
      ...{ kind: 'transition', left: x(2_400), right: x(2_900), toRow: 5 },
    });
    assert.match(markText(rowOf(page, 'collect'), transition, 0, null), /then write 500 ms later/);
    const running = await shown([], 2_950);
    assert.equal(rowOf(running, 'report').nextStage, null);
  });

  it('leads from the one of several at the same time that the next stage had to wait for', () => {
    const trace = new SyntheticTrace('parallel');
    const add = (name: string, from: number, to: number): Step =>
      trace.step({ type: 'stage', name, startMs: from, durationMs: to - from });
    add('fetch', 0, 1_000);
    add('long', 1_000, 9_000);
    add('short', 1_100, 3_000);
    add('merge', 9_500, 10_000);
    const rows = runRows(trace.source().run({ run: runKey(1) }), '');
    assert.deepEqual(
      rows.map(({ name, nextStage }) => [name, nextStage?.name, nextStage?.gapUs]),
      [
        ['fetch', 'long', 0],
        ['long', 'merge', 500_000],
        ['short', undefined, undefined],
        ['merge', undefined, undefined],
      ],
    );
  });

  it('leads to the next stage also from above what is seen', async () => {
    const page = await shown();
    const arrowTo = (log: DrawLog): unknown =>
      log.drawn.find(({ what, colour, points }) => {
        return what === 'line' && colour === 'lane' && points[0] === x(10_400) + 0.5;
      });
    assert.ok(arrowTo(drawn(page)));
    assert.ok(arrowTo(drawn(page, 5 * 24)));
    assert.equal(arrowTo(drawn(page, 14 * 24)), undefined);
  });

  it('says in words what can be seen of its bar', async () => {
    const page = await shown();
    assert.equal(
      rowOf(page, 'write').stageWords,
      'phases: detailed, summary from 3.50 s; then check',
    );
    const running = await shown([], 5_000);
    assert.equal(rowOf(running, 'write').stageWords, 'phases: detailed; all the findings');
    const hover = (of: Shown, at: number): string => {
      const mark = marksOf(of, 'write').filter(({ kind }) => kind === 'phase')[at];
      assert.ok(mark);
      return markText(rowOf(of, 'write'), mark, 0, null);
    };
    assert.match(hover(page, 0), /phase detailed: from 0 µs of the stage, 3\.50 s\n/);
    assert.match(hover(page, 1), /phase summary: from 3\.50 s of the stage, 1\.50 s\nfor the clin/);
    assert.match(hover(running, 0), /phase detailed: from 0 µs of the stage, 2\.10 s until now\n/);
  });
});

describe('a lane that is closed', () => {
  it('has no rows of what is in it, and says what that is', async () => {
    const page = await shown(['collect', 'critic']);
    assert.deepEqual(
      page.rows.map(({ name, figures, isOpen }) => [name, figures, isOpen].join(' | ')),
      [
        'report | 10.3 s | true',
        'collect | 2.20 s, 3 calls | false',
        'write | 5.00 s | true',
        'claude-sonnet-4-5 | 150 tokens, 41.4 tok/s | ',
        'claude-sonnet-4-5 | 40 tokens, 32.8 tok/s | ',
        'check | 2.40 s | true',
        'critic | 1 call, 1 failed | false',
        'publish | 1.00 s | true',
        'gpt-4o-mini | 20 tokens, 27.8 tok/s | ',
      ],
    );
    assert.equal((await shown(['report', 'collect'])).rows.length, 3);
  });

  it('shows the calls in it as one band, those at the same time together', async () => {
    const bands = marksOf(await shown(['collect']), 'collect').filter(
      ({ kind }) => kind === 'band',
    );
    // Sent at 300, 500, 700 ms; a token each 20 ms from 300 ms on, 30, 40 and 50 of them.
    const at = (from: number, to: number, calls: number, rate: number | null): object => ({
      ...{ kind: 'band', left: x(from), right: x(to), calls, rate },
    });
    assert.deepEqual(
      bands.map((band) =>
        band.kind === 'band' && band.rate !== null
          ? { ...band, rate: Math.round(band.rate) }
          : band,
      ),
      [
        at(300, 500, 1, null),
        at(500, 600, 2, null),
        at(600, 800, 1, 50),
        at(800, 1_000, 2, 100),
        at(1_000, 1_180, 3, 150),
        at(1_180, 1_580, 2, 100),
        at(1_580, 1_980, 1, 50),
      ],
    );
  });

  it('marks what failed in it, and shows no names of phases', async () => {
    assert.deepEqual(kindsOf(await shown(['critic']), 'critic'), ['lane', 'band', 'band', 'point']);
    const page = await shown(['write']);
    assert.deepEqual(
      drawn(page).texts.filter((text) => text === 'detailed'),
      [],
    );
  });

  it('has not more marks than pixels, however many calls are in it', async () => {
    const page = await shown(['collect']);
    const row = rowOf(page, 'collect');
    const [call] = row.inside;
    assert.ok(call);
    const inside = Array.from({ length: 20_000 }, (_, at) => ({
      ...call,
      startUs: microseconds(at * 500),
    }));
    assert.ok(rowMarks({ ...row, inside }, page.rows, scale).length < width);
  });

  it('does not hide what a filter asks for', async () => {
    const { source } = await SentTrace.of(stagesAgent(startMs).until(60_000));
    const run = source.run({ run: source.summary.runs[0]!.key });
    const all = run.steps.map(({ id }) => id);
    const rows = runRows(run, 'claude', null, all);
    assert.deepEqual(
      rows.map(({ name, isOpen, nextStage }) => [name, isOpen, nextStage]),
      Array.from({ length: 2 }, () => ['claude-sonnet-4-5', null, null]),
    );
  });
});

describe('keys on the rows of the run timeline', () => {
  const at = ({ rows }: Shown, name: string): number => rows.findIndex((row) => row.name === name);

  it('close, open, and go in and out as in a tree', async () => {
    const page = await shown(['collect']);
    const press = (key: string, name: string, canPan = false) =>
      rowKeyEffect(key, page.rows, at(page, name), 5, canPan);
    assert.deepEqual(press('ArrowRight', 'collect'), { kind: 'toggle', row: at(page, 'collect') });
    assert.deepEqual(press('ArrowLeft', 'collect'), { kind: 'go', row: at(page, 'report') });
    assert.deepEqual(press('ArrowLeft', 'write'), { kind: 'toggle', row: at(page, 'write') });
    assert.deepEqual(press('ArrowRight', 'write'), { kind: 'go', row: at(page, 'write') + 1 });
    assert.equal(press('ArrowLeft', 'gpt-4o')?.row, at(page, 'critic'));
    // On a call they move the view when there is one to move.
    assert.equal(press('ArrowLeft', 'gpt-4o', true), null);
    assert.equal(press('ArrowRight', 'gpt-4o'), null);
    assert.deepEqual(press('End', 'report'), { kind: 'go', row: page.rows.length - 1 });
    assert.equal(press('x', 'report'), null);
  });

  it('know the lanes around a step, the nearest first', async () => {
    const { steps } = await shown();
    const tool = steps.find(({ name }) => name === 'look_up');
    assert.ok(tool);
    assert.deepEqual(
      lanesAround(steps, tool.key).map(({ name }) => name),
      ['critic', 'check', 'report'],
    );
  });
});
