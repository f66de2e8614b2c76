import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { columnsOf } from '../../../src/model/tokens.js';
import { type RunDetail, type Step, runKey } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import { type TimeScale, timeScale } from '../../../webview/timeline/axis.js';
import { type Mark, markAt, rowMarks } from '../../../webview/timeline/runLayout.js';
import { paintRun } from '../../../webview/timeline/runPaint.js';
import { strongestRate } from '../../../webview/timeline/runRates.js';
import { type RunRow, runRows, typeLooks } from '../../../webview/timeline/runRows.js';
import { markText } from '../../../webview/timeline/runWords.js';
import { SyntheticTrace, pictureTrace, stream } from '../../page/syntheticTrace.js';
import { DrawLog } from './drawLog.js';
import { sampleTheme } from './sampleTheme.js';

const picture = pictureTrace().run({ run: runKey(1) });
const rows = runRows(picture, '');
/** 10 000 ms on 1 000 px between the insets: 10 ms a pixel, from pixel 8. */
const scale = timeScale({ fromUs: microseconds(0), toUs: microseconds(10_000_000) }, 1_024);
const x = (ms: number): number => 8 + ms / 10;

const row = (name: string): RunRow => {
  const found = rows.find((one) => `${one.name} ${one.figures}`.includes(name));
  assert.ok(found, name);
  return found;
};
const marksOf = (name: string): Mark[] => rowMarks(row(name), rows, scale).map(rounded);

/** So that marks can be compared without the errors of floating point. */
function rounded(mark: Mark): Mark {
  const entries = Object.entries(mark).map(([key, value]) => [
    key,
    typeof value === 'number' ? Math.round(value * 1e6) / 1e6 : (value as unknown),
  ]);
  return Object.fromEntries(entries) as Mark;
}

function oneStep(make: (trace: SyntheticTrace) => Step): { run: RunDetail; row: RunRow } {
  const trace = new SyntheticTrace('one step');
  make(trace);
  const run = trace.source().run({ run: runKey(1) });
  const [only] = runRows(run, '');
  assert.ok(only);
  return { run, row: only };
}

describe('rows of the run timeline', () => {
  it('hold name, kind and figures of every step', () => {
    assert.deepEqual(
      rows.map(({ name, typeLabel, figures }) => [name, typeLabel, figures].join(' | ')),
      [
        'Triage | agent | agent',
        'gpt-4o-mini | LLM call | 45 tokens, 15.6 tok/s',
        'lookup_order | tool call | 86 ms',
        'hand-off to Billing | hand-off | needs a refund',
        'Billing | agent | agent',
        'claude-sonnet-4-5 | LLM call | 120 tokens, 19.9 tok/s',
        'llama3.2:3b | LLM call | 212 tokens, 54.2 tok/s',
        'gpt-4o-mini | LLM call | failed: RATE_LIMIT',
        'final answer | final answer | ',
      ],
    );
  });

  it('are those whose label holds the filter, whatever its case', () => {
    const names = (filter: string): string[] => runRows(picture, filter).map(({ name }) => name);
    assert.deepEqual(names(' GPT-4o '), ['gpt-4o-mini', 'gpt-4o-mini']);
    assert.deepEqual(names('rate_limit'), ['gpt-4o-mini']);
    assert.deepEqual(names('tool call'), ['lookup_order']);
    assert.deepEqual(names('no such thing'), []);
  });

  it('have an icon that the icon font has', () => {
    const css = readFileSync(
      createRequire(import.meta.url).resolve('@vscode/codicons/dist/codicon.css'),
      'utf8',
    );
    for (const { icon } of Object.values(typeLooks)) {
      assert.ok(css.includes(`.codicon-${icon}:before`), icon);
    }
  });

  it('name a call without a model by its step, and a step without a name by its kind', () => {
    const call = oneStep((trace) =>
      trace.call({ name: 'chat', startMs: 0 }, columnsOf([]), { model: null }),
    );
    assert.equal(call.row.name, 'chat');
    const tool = oneStep((trace) => trace.step({ type: 'tool_call', name: '', startMs: 0 }));
    assert.equal(tool.row.name, 'tool call');
  });

  it('cut names that nobody can read', () => {
    const long = oneStep((trace) =>
      trace.step({ type: 'custom', name: 'n'.repeat(1_000_000), startMs: 0 }),
    );
    assert.equal(long.row.name.length, 201);
  });

  it('lead a hand-off to the next row of its agent', () => {
    assert.equal(row('hand-off').handsOffTo, 4);
    const filtered = runRows(picture, 'hand-off');
    assert.equal(filtered[0]?.handsOffTo, null);
  });
});

describe('marks of the run timeline', () => {
  it('show the wait, the tokens and the stall of a call', () => {
    const { ttftUs, lastTokenUs, stalls } = row('claude').step.call!.metrics;
    const [stall] = stalls;
    assert.ok(stall && ttftUs !== null && lastTokenUs !== null);
    const at = (us: number): number => x(2_950 + us / 1_000);
    assert.deepEqual(
      marksOf('claude'),
      [
        { kind: 'wait', left: at(0), right: at(ttftUs) },
        { kind: 'tokens', left: at(ttftUs), right: at(stall.startUs) },
        { kind: 'stall', left: at(stall.startUs), right: at(stall.endUs), label: 'stall 1.70 s' },
        { kind: 'tokens', left: at(stall.endUs), right: at(lastTokenUs) },
      ].map((mark) => rounded(mark as Mark)),
    );
  });

  it('show how a call ended that failed', () => {
    const [wait, ending] = marksOf('RATE_LIMIT');
    assert.deepEqual(wait, { kind: 'wait', left: x(3_300), right: x(3_420) });
    assert.deepEqual(ending, { kind: 'ending', left: x(3_420) + 4, label: '✕ 429', tone: 'error' });
  });

  it('connect a hand-off with the agent that takes over', () => {
    assert.deepEqual(marksOf('hand-off'), [
      { kind: 'connector', left: x(2_800), right: x(2_900), toRow: 4 },
      { kind: 'point', left: x(2_800), shape: 'circle', tone: 'neutral' },
    ]);
  });

  it('show agents as lanes, tools as blocks, the answer as a dot', () => {
    assert.deepEqual(marksOf('Triage agent'), [{ kind: 'lane', left: x(60), right: x(2_600) }]);
    assert.deepEqual(marksOf('lookup_order'), [
      { kind: 'block', left: x(2_690), right: x(2_776), tone: 'tool' },
    ]);
    assert.deepEqual(marksOf('final answer'), [
      { kind: 'point', left: x(9_850), shape: 'check', tone: 'success' },
    ]);
  });

  it('keep a step visible that takes no time', () => {
    const tool = oneStep((trace) => trace.step({ type: 'tool_call', name: 't', startMs: 0 }));
    assert.deepEqual(rowMarks(tool.row, [tool.row], scale), [
      { kind: 'block', left: 8, right: 12, tone: 'tool' },
    ]);
  });

  it('invent no times of tokens for a call that was not streamed', () => {
    const { row: whole } = oneStep((trace) =>
      trace.call({ name: 'm', startMs: 0, tailMs: 500 }, columnsOf([]), {
        streaming: false,
        receivedTokens: 30,
      }),
    );
    assert.deepEqual(rowMarks(whole, [whole], scale).map(rounded), [
      { kind: 'plain', left: 8, right: 58 },
    ]);
  });

  it('invent no times where only the order is known', () => {
    const { row: ordered } = oneStep((trace) =>
      trace.call(
        { name: 'm', startMs: 100 },
        stream(5, 0, () => 0),
        { clockSource: 'order-only' },
      ),
    );
    assert.deepEqual(
      rowMarks(ordered, [ordered], scale).map(({ kind }) => kind),
      ['plain'],
    );
  });

  it('say that a call still streams, was aborted or cut off', () => {
    const labelOf = (state: 'streaming' | 'aborted' | 'truncated' | 'interrupted'): unknown => {
      const { row: one } = oneStep((trace) =>
        trace.call(
          { name: 'm', startMs: 0 },
          stream(3, 10, () => 10),
          { state },
        ),
      );
      const mark = rowMarks(one, [one], scale).at(-1);
      return mark?.kind === 'ending' ? mark.label : null;
    };
    assert.equal(labelOf('streaming'), '▍streaming');
    assert.equal(labelOf('aborted'), '✕ aborted');
    assert.equal(labelOf('truncated'), '✕ truncated');
    assert.equal(labelOf('interrupted'), '✕ interrupted');
  });

  it('leave out stalls that are too narrow to be seen', () => {
    const wide = timeScale({ fromUs: microseconds(0), toUs: microseconds(1_000_000_000) }, 1_024);
    const marks = rowMarks(row('claude'), rows, wide);
    assert.ok(marks.every(({ kind }) => kind !== 'stall'));
  });

  it('are found by the pointer, the topmost first and a little beside', () => {
    const marks = rowMarks(row('claude'), rows, scale);
    assert.equal(markAt(marks, x(3_100), 3)?.kind, 'wait');
    assert.equal(markAt(marks, x(4_000), 3)?.kind, 'tokens');
    assert.equal(markAt(marks, x(6_000), 3)?.kind, 'stall');
    assert.equal(markAt(marks, x(2_950) - 2, 3)?.kind, 'wait');
    assert.equal(markAt(marks, x(2_000), 3), null);
  });
});

describe('painting the run timeline', () => {
  const paint = (
    change: Partial<Parameters<typeof paintRun>[2]> = {},
    height = 300,
    at: TimeScale = scale,
  ): DrawLog => {
    const log = new DrawLog(1_024);
    const scene = {
      rows,
      scale: at,
      scrollTop: 0,
      selectedRow: -1,
      hoveredRow: -1,
      rates: null,
      strongestRate: strongestRate(picture),
      ...change,
    };
    paintRun(log.context, { width: 1_024, height }, scene, sampleTheme);
    return log;
  };
  const boxes = (drawn: DrawLog['drawn']): number[][] =>
    drawn.map(({ x: left, y, width, height }) => [left, y, width, height]);
  const rateRects = (log: DrawLog): DrawLog['drawn'] =>
    log.drawn.filter(({ colour }) => colour.startsWith('rate '));

  it('writes the times on the axis, but none that would be cut', () => {
    assert.deepEqual(
      paint().texts.filter((text) => /^\d+ s$/.test(text)),
      ['0 s', '1 s', '2 s', '3 s', '4 s', '5 s', '6 s', '7 s', '8 s', '9 s'],
    );
  });

  it('does not cover the newest tokens of a stream with its label', () => {
    const streaming = (lengthMs: number): string[] => {
      const { row: one } = oneStep((trace) =>
        trace.call(
          { name: 'm', startMs: 0, tailMs: 0 },
          stream(2, 0, () => lengthMs),
          { state: 'streaming' },
        ),
      );
      return paint({ rows: [one] }).texts.filter((text) => text.startsWith('▍'));
    };
    assert.deepEqual(streaming(5_000), ['▍streaming']);
    assert.deepEqual(streaming(10_000), ['▍']);
  });

  it('paints only rows in sight', () => {
    assert.ok(!paint({}, 22 + 24 * 5).texts.includes('stall 1.70 s'));
    assert.ok(paint({ scrollTop: 24 * 5 }, 22 + 24 * 2).texts.includes('stall 1.70 s'));
  });

  it('paints the selected row with its outline, and the one under the pointer', () => {
    const log = paint({ selectedRow: 5, hoveredRow: 2 });
    assert.deepEqual(boxes(log.rects('selection')), [[0, 22 + 24 * 5, 1_024, 24]]);
    assert.deepEqual(boxes(log.rects('selection outline')), [[-1, 22 + 24 * 5 + 0.5, 1_026, 23]]);
    assert.deepEqual(boxes(log.rects('hover')), [[0, 22 + 24 * 2, 1_024, 24]]);
  });

  it('paints a bar by the average rate until its rates have come', () => {
    // 55.6 of 80 tok/s.
    const llama = paint().drawn.filter(
      ({ colour, y }) => colour.startsWith('rate ') && y === 22 + 24 * 6 + 5,
    );
    assert.deepEqual(
      llama.map(({ colour }) => colour),
      ['rate 80 %'],
    );
    assert.equal(llama[0]?.x, Math.round(x(3_080)));
  });

  it('paints neighbouring pixels of one rate as one rectangle', () => {
    const bins = 1_000;
    const tokensPerSecond = new Float32Array(bins).fill(80);
    tokensPerSecond.fill(0, 0, 400);
    const { step } = row('llama');
    const known = { step, fromUs: 0, toUs: 10_000_000, tokensPerSecond };
    const rates = { runKey: picture.run.key, calls: new Map([[step.key, known]]) };
    const log = paint({ rates });
    const llama = rateRects(log).filter(({ y }) => y === 22 + 24 * 6 + 5);
    assert.deepEqual(
      llama.map(({ colour }) => colour),
      ['rate 0 %', 'rate 100 %'],
    );
    assert.equal(llama[1]?.x, x(4_000));
  });

  it('costs no more than the pixels, however far it is zoomed in', () => {
    const deep = timeScale(
      { fromUs: microseconds(4_000_000), toUs: microseconds(4_001_000) },
      1_024,
    );
    const log = paint({}, 300, deep);
    assert.ok(log.drawn.length < 60, `${log.drawn.length} shapes`);
    for (const { what, width } of log.drawn) {
      if (what === 'rect') assert.ok(width <= 1_026, `${width} pixels`);
    }
  });

  it('moves the ending of a call to the left where the plot ends', () => {
    const short = timeScale({ fromUs: microseconds(0), toUs: microseconds(3_420_000) }, 1_024);
    const ending = paint({}, 300, short).drawn.find(({ text }) => text === '✕ 429');
    assert.equal(ending?.x, 1_024 - '✕ 429'.length * 6 - 4);
  });

  it('paints what failed in the colour of errors, dashes the stall and joins the agents', () => {
    const log = paint();
    assert.ok(log.drawn.some(({ colour, text }) => colour === 'error' && text === '✕ 429'));
    assert.ok(log.drawn.some(({ colour, isDashed }) => colour === 'warning' && isDashed));
    assert.ok(
      log.drawn.some(
        ({ what, colour, points }) => what === 'line' && colour === 'dim' && points.length === 6,
      ),
    );
  });
});

describe('words about a mark', () => {
  const at = (name: string, kind: Mark['kind'], rate: number | null = null): string => {
    const found = rowMarks(row(name), rows, scale).find((mark) => mark.kind === kind);
    assert.ok(found, kind);
    return markText(row(name), found, 4_000_000, rate);
  };

  it('name the rate and the moment on a bar', () => {
    assert.equal(
      at('claude', 'tokens', 41.234),
      'claude-sonnet-4-5 · LLM call\n120 tokens, 19.9 tok/s\n41.2 tok/s at 1.05 s\nfrom 2.95 s of the run, 6.03 s long',
    );
  });

  it('say nothing of a rate that is not known', () => {
    assert.ok(!at('claude', 'tokens', null).includes(' at '));
    assert.ok(!at('claude', 'tokens', -1).includes(' at '));
  });

  it('name what else there is to see', () => {
    assert.match(at('claude', 'wait'), /TTFT 412 ms/);
    assert.match(at('claude', 'stall'), /stall 1\.70 s/);
    assert.match(at('hand-off', 'point'), /Triage → Billing/);
    assert.match(at('RATE_LIMIT', 'ending'), /No response: the provider refused the request/);
    assert.match(at('RATE_LIMIT', 'wait'), /no token came/);
  });
});
