import assert from 'node:assert/strict';
import { TokenKind, columnsOf } from '../../../src/model/tokens.js';
import { type StepKey, runKey, stepKey } from '../../../src/model/trace.js';
import { epochMicroseconds, microseconds } from '../../../src/model/units.js';
import { TraceError } from '../../../src/protocol/errors.js';
import type { TraceQueries } from '../../../src/store/traceQueries.js';
import { ExampleTrace, exampleTokens, runStartUs } from './exampleTrace.js';

describe('TraceQueries over a native trace', () => {
  let trace: ExampleTrace;
  let queries: TraceQueries | undefined;
  beforeEach(async () => (trace = await ExampleTrace.create()));
  afterEach(() => {
    queries?.close();
    queries = undefined;
    trace.writer.close();
  });

  const open = async (): Promise<TraceQueries> => (queries = await trace.open());

  it('sums up the runs, newest first', async () => {
    trace.addCall('good', 5);
    trace.addCall('bad', 2, {
      state: 'failed',
      errorCode: 'RATE_LIMIT',
      errorMessage: 'Slow down',
    });
    trace.writer.endRun(trace.run, {
      status: 'failed',
      endedAtUs: epochMicroseconds(runStartUs + 9_000_000),
    });
    trace.writer.addRun({ id: 'run-2', name: '', startedAtUs: epochMicroseconds(runStartUs + 1) });
    const summary = (await open()).summary();
    assert.equal(summary.generation, 3);
    assert.equal(summary.formatLabel, 'LLM Stream trace 2');
    assert.deepEqual(
      summary.runs.map((run) => ({ ...run, key: 0 })),
      [
        {
          key: 0,
          id: 'run-2',
          name: 'run-2',
          status: 'running',
          startedAtUs: runStartUs + 1,
          endedAtUs: null,
          agentType: null,
          sessionId: null,
          userId: null,
          callCount: 0,
          tokenCount: 0,
          errorCount: 0,
        },
        {
          key: 0,
          id: 'run-1',
          name: 'First run',
          status: 'failed',
          startedAtUs: runStartUs,
          endedAtUs: runStartUs + 9_000_000,
          agentType: 'support',
          sessionId: null,
          userId: null,
          callCount: 2,
          tokenCount: 7,
          errorCount: 1,
        },
      ],
    );
  });

  it('shows a call with its times, state and metrics', async () => {
    const call = trace.addCall('call', 11, {
      httpStatus: 200,
      finishReason: 'stop',
      completionTokens: 11,
      tokenCountSource: 'usage',
      promptTokens: 7,
      ttfcUs: microseconds(90_000),
    });
    const detail = (await open()).run(trace.run);
    assert.equal(detail.lengthUs, 3_000_000);
    const [step] = detail.steps;
    assert.ok(step?.call);
    assert.equal(step.key, call);
    assert.equal(step.startUs, 1_000_000);
    assert.equal(step.durationUs, 2_000_000);
    const { metrics, ...rest } = step.call;
    assert.deepEqual(rest, {
      model: 'model-1',
      provider: null,
      wireFormat: null,
      streaming: true,
      state: 'completed',
      errorCode: null,
      errorMessage: null,
      httpStatus: 200,
      finishReason: 'stop',
      promptTokens: 7,
      completionTokens: 11,
      tokenCountSource: 'usage',
      clockSource: 'proxy',
      storedTokens: 11,
      receivedTokens: 11,
      sampleRate: 1,
      aggregated: false,
      aggregatedAtUs: null,
      rateCurve: null,
    });
    assert.equal(metrics.ttfcUs, 90_000);
    assert.equal(metrics.ttftUs, 100_000);
    assert.equal(metrics.icl?.p50, 20_000);
    assert.equal(metrics.lastTokenUs, 300_000);
  });

  it('gives the rates of calls row by row, in a buffer of exactly their size', async () => {
    const call = trace.addCall('call', 50);
    const unknown = stepKey(999);
    const opened = await open();
    const grid = opened.rates({
      run: trace.run,
      calls: [unknown, call],
      fromUs: microseconds(1_000_000),
      toUs: microseconds(3_000_000),
      bins: 10,
    });
    const rates = [...grid.tokensPerSecond];
    assert.equal(grid.generation, 3);
    assert.equal(grid.tokensPerSecond.buffer.byteLength, 20 * 4);
    assert.ok(rates.slice(0, 10).every((rate) => rate === -1));
    assert.ok(Math.abs(rates[12]! - 50) < 1, `${rates[12]}`);
    assert.equal(rates[19], -1);
  });

  it('refuses rates that nobody could draw, and runs that are not there', async () => {
    const opened = await open();
    const refused = (error: unknown): boolean =>
      error instanceof TraceError && error.code === 'invalid';
    const params = {
      run: trace.run,
      calls: [],
      fromUs: microseconds(0),
      toUs: microseconds(1),
      bins: 1,
    };
    for (const bad of [
      { bins: 0 },
      { bins: 1.5 },
      { bins: Infinity },
      { toUs: microseconds(0) },
      { calls: new Array<StepKey>(1_000).fill(stepKey(1)), bins: 1e6 },
    ]) {
      assert.throws(() => opened.rates({ ...params, ...bad }), refused);
    }
    assert.throws(() => opened.run(runKey(77)), refused);
    assert.deepEqual(opened.step(stepKey(77)), { key: 77, sections: [] });
    assert.equal(opened.tokens(stepKey(77)).count, 0);
  });

  it('gives tokens in arrays that own their buffers', async () => {
    const call = trace.addCall('call', 7);
    const columns = (await open()).tokens(call);
    for (const [name, column] of Object.entries(columns)) {
      if (typeof column === 'number') continue;
      assert.equal(
        (column as Uint8Array).byteLength,
        (column as Uint8Array).buffer.byteLength,
        name,
      );
    }
    assert.deepEqual(columns, columnsOf(exampleTokens(7)));
  });

  it('nests steps, and shows what an event says of itself', async () => {
    const at = (ms: number) => epochMicroseconds(runStartUs + ms * 1_000);
    const agent = trace.writer.addStep({
      id: 'agent',
      run: trace.run,
      type: 'agent',
      name: 'Planner',
      startedAtUs: at(0),
    });
    trace.writer.addStep({
      id: 'handoff',
      run: trace.run,
      parent: agent,
      type: 'agent_handoff',
      name: 'Hand-off',
      startedAtUs: at(50),
      data: { from: 'Planner', to: 'Writer', reason: 'The plan\nis ready.' },
    });
    const tool = trace.writer.addStep({
      id: 'tool',
      run: trace.run,
      parent: agent,
      type: 'tool_call',
      name: 'search',
      startedAtUs: at(10),
      data: { input: { query: 'x' } },
    });
    trace.writer.endStep(tool, {
      status: 'failed',
      durationUs: microseconds(5_000),
      data: { input: { query: 'x' }, output: 'nothing', error: { message: 'Not found' } },
    });
    trace.writer.endStep(agent, { status: 'completed', durationUs: microseconds(100_000) });
    const opened = await open();
    const steps = opened.run(trace.run).steps;
    assert.deepEqual(
      steps.map(({ id, depth, failed, summary, between, durationUs }) => ({
        id,
        depth,
        failed,
        summary,
        between,
        durationUs,
      })),
      [
        { id: 'agent', depth: 0, failed: false, summary: '', between: null, durationUs: 100_000 },
        {
          id: 'tool',
          depth: 1,
          failed: true,
          summary: 'Not found',
          between: null,
          durationUs: 5_000,
        },
        {
          id: 'handoff',
          depth: 1,
          failed: false,
          summary: 'The plan is ready.',
          between: { from: 'Planner', to: 'Writer' },
          durationUs: null,
        },
      ],
    );
    assert.deepEqual(
      opened.step(tool).sections.map(({ title, format, text }) => [title, format, text]),
      [
        ['Input', 'json', '{\n  "query": "x"\n}'],
        ['Output', 'text', 'nothing'],
        ['Error', 'json', '{\n  "message": "Not found"\n}'],
        [
          'Raw',
          'json',
          '{"input":{"query":"x"},"output":"nothing","error":{"message":"Not found"}}',
        ],
      ],
    );
  });

  it('gives request, response and raw row of a call; the response from the tokens where it is not stored', async () => {
    const streamed = trace.addCall('streamed', 2, {}, { request: '{"model":"m"}' });
    const stored = trace.addCall('stored', 0, { response: 'plain answer' }, { streaming: false });
    const toolOnly = trace.startCall('tool');
    trace.writer.addTokens(toolOnly, [
      { offsetUs: microseconds(1), text: 'look', kind: TokenKind.toolName },
      { offsetUs: microseconds(2), text: '{"a":1}', kind: TokenKind.toolArguments },
    ]);
    const opened = await open();
    const texts = (call: StepKey): unknown =>
      opened
        .step(call)
        .sections.map(({ title, format, text }) => [title, format, title === 'Raw' ? '' : text]);
    assert.deepEqual(texts(streamed), [
      ['Request', 'json', '{"model":"m"}'],
      ['Response', 'text', 't0 t1 '],
      ['Raw', 'json', ''],
    ]);
    assert.deepEqual(texts(stored), [
      ['Request', 'text', ''],
      ['Response', 'text', 'plain answer'],
      ['Raw', 'json', ''],
    ]);
    assert.deepEqual(texts(toolOnly), [
      ['Request', 'text', ''],
      ['Response', 'text', 'look{"a":1}'],
      ['Raw', 'json', ''],
    ]);
  });

  it('says how long a text is of which it shows the beginning', async () => {
    const long = trace.addCall('long', 0, { response: '😀'.repeat(600_000) });
    const [, response] = (await open()).step(long).sections;
    assert.equal(response?.cutFrom, 1_200_000);
    assert.equal(response.text.length, 1_000_000);
    assert.equal(response.format, 'text');
  });

  it('keeps NUL, script and lone surrogates as the text that they are', async () => {
    const call = trace.addCall('call', 0, { response: 'a\0<script>b\uD800' }, { name: 'n\0ame' });
    const opened = await open();
    assert.equal(opened.run(trace.run).steps[0]?.name, 'n\0ame');
    assert.equal(opened.step(call).sections[1]?.text, 'a\0<script>b\uFFFD');
  });
});
