import assert from 'node:assert/strict';
import { runKey } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import { timeScale } from '../../../webview/timeline/axis.js';
import { type Mark, rowMarks } from '../../../webview/timeline/runLayout.js';
import { type RunRow, runRows } from '../../../webview/timeline/runRows.js';
import { markText } from '../../../webview/timeline/runWords.js';
import { SentAgent } from '../../page/sentAgent.js';
import { SentTrace } from '../../page/sentTrace.js';
import type { TraceSource } from '../../page/traceSource.js';

const startMs = 1_763_627_000_000;
/** 10 000 ms on 1 000 px between the insets: 10 ms a pixel, from pixel 8. */
const scale = timeScale({ fromUs: microseconds(0), toUs: microseconds(10_000_000) }, 1_024);
const x = (ms: number): number => 8 + ms / 10;

/** A lane with a tool and calls in it; nothing has ended at 4 s. */
function agentUnderWay(): SentAgent {
  const agent = new SentAgent(startMs);
  const lane = agent.step('agent', 'writer', 1_000, null);
  const tool = agent.step('tool_call', 'search', 1_500, null, { parent_id: lane });
  agent.call('all', 2_000, 51, { parent_id: tool, ttftMs: 500, isOpen: true });
  agent.call('none', 2_500, 51, { parent_id: lane, rate: 0, isOpen: true });
  agent.call('some', 3_000, 51, { parent_id: lane, rate: 0.1, ttftMs: 100, isOpen: true });
  return agent;
}

function rowsOf(source: TraceSource, nowMs: number | null): RunRow[] {
  const { key } = source.summary.runs[0] ?? { key: runKey(1) };
  const nowUs = nowMs === null ? null : microseconds(nowMs * 1_000);
  return runRows(source.run({ run: key }), '', nowUs);
}

function marksOf(rows: readonly RunRow[], name: string): Mark[] {
  const row = rows.find((one) => one.name === name);
  assert.ok(row, name);
  return rowMarks(row, rows, scale).map((mark) => ({
    ...mark,
    left: Math.round(mark.left),
    ...('right' in mark ? { right: Math.round(mark.right) } : {}),
  }));
}

const figures = (rows: readonly RunRow[]): string[] =>
  rows.map(({ name, figures: words }) => `${name}: ${words}`);

describe('steps that have not ended', () => {
  it('go on until now, and say so', async () => {
    const { source } = await SentTrace.of(agentUnderWay().until(4_000));
    const rows = rowsOf(source, 5_000);
    assert.deepEqual(figures(rows).slice(0, 2), ['writer: running', 'search: running']);
    const running = { kind: 'ending', left: x(5_000) + 4, label: '▍', tone: 'neutral' };
    assert.deepEqual(marksOf(rows, 'writer'), [
      { kind: 'lane', left: x(1_000), right: x(5_000) },
      running,
    ]);
    assert.deepEqual(marksOf(rows, 'search'), [
      { kind: 'block', left: x(1_500), right: x(5_000), tone: 'tool' },
      running,
    ]);
  });

  it('go on as long as what happened within them, where nobody knows what time it is', async () => {
    const { source } = await SentTrace.of(agentUnderWay().until(4_000));
    const rows = rowsOf(source, null);
    assert.deepEqual(marksOf(rows, 'search')[0], {
      ...{ kind: 'block', left: x(1_500), right: x(3_500), tone: 'tool' },
    });
    assert.equal((marksOf(rows, 'writer')[0] as { right: number }).right, x(3_900));
  });

  it('are cut off with the capture, and say so', async () => {
    const trace = await SentTrace.of(agentUnderWay().until(4_000));
    const rows = rowsOf(trace.end(), null);
    assert.deepEqual(figures(rows).slice(0, 2), ['writer: interrupted', 'search: interrupted']);
    const ending = marksOf(rows, 'search').at(-1) as { label: string; tone: string };
    assert.deepEqual([ending.label, ending.tone], ['✕ interrupted', 'warning']);
    const [lane, search] = rows;
    assert.ok(lane && search);
    const [mark] = rowMarks(lane, rows, scale);
    assert.ok(mark);
    assert.match(markText(lane, mark, 0, null), /or longer: nobody recorded its end$/);
  });

  it('are cut off by the end of their run, as long as nobody says another', async () => {
    const trace = await SentTrace.of(agentUnderWay().end(6_000, 'failed').until(6_000));
    const rows = rowsOf(trace.source, 9_000);
    assert.deepEqual(figures(rows).slice(0, 2), ['writer: not ended', 'search: not ended']);
    assert.deepEqual(marksOf(rows, 'writer'), [
      { kind: 'lane', left: x(1_000), right: x(9_000) },
      { kind: 'ending', left: x(9_000) + 4, label: '✕ not ended', tone: 'warning' },
    ]);
    for (const step_id of ['step-0', 'step-1']) {
      trace.send([{ type: 'step_end', step_id, duration_us: 4_500_000 }]);
    }
    assert.deepEqual(figures(rowsOf(trace.source, 9_000)).slice(0, 2), [
      'writer: agent',
      'search: 4.50 s',
    ]);
  });

  it('are as long as they say when they have ended', async () => {
    const trace = await SentTrace.of(agentUnderWay().until(4_000));
    const id = { type: 'step_end', step_id: 'step-1', duration_us: 1_000_000 };
    trace.send([{ ...id, status: 'cancelled' }]);
    const rows = rowsOf(trace.source, 5_000);
    assert.equal(figures(rows)[1], 'search: 1.00 s, cancelled');
    assert.deepEqual(marksOf(rows, 'search'), [
      { kind: 'block', left: x(1_500), right: x(2_500), tone: 'tool' },
    ]);
  });
});

describe('calls that stream and whose tokens are not all kept', () => {
  it('are never said to wait, and go on until now', async () => {
    const { source } = await SentTrace.of(agentUnderWay().until(4_000));
    const rows = rowsOf(source, 9_000);
    const waiting = rows.map(({ name, waitingUs }) => [name, waitingUs !== null]);
    assert.deepEqual(Object.fromEntries(waiting), {
      ...{ writer: false, search: false, all: true, none: false, some: false },
    });
    assert.deepEqual(
      marksOf(rows, 'none').map(({ kind }) => kind),
      ['plain', 'ending'],
    );
    assert.equal((marksOf(rows, 'none')[0] as { right: number }).right, x(9_000));
    assert.deepEqual(
      marksOf(rows, 'some').map(({ kind }) => kind),
      ['wait', 'tokens', 'tail', 'ending'],
    );
  });
});
