import assert from 'node:assert/strict';
import fc from 'fast-check';
import { metricsText } from '../../../../src/capture/api/metricsText.js';
import type { CaptureHealth, CaptureStatus } from '../../../../src/protocol/captureStatus.js';
import { readOpenMetrics } from './openMetrics.js';
import { type Problem, RunningApi, buildBundles } from './runningApi.js';

const health: CaptureHealth = {
  ...{ tokensStored: 0, tokensSampledOut: 0, tokensDropped: 0, logBytes: 0, fileBytes: 0 },
  ...{ writeLatencyMs: null, recoveries: 0, rejectedEvents: 0 },
};
const status: Required<CaptureStatus> = {
  ...{ state: 'listening', url: 'http://127.0.0.1:4321', port: 4321, pid: 1, db: '/a.llmtrace' },
  ...{ startedAtMs: 1_700_000_000_123, activeStreams: 0, calls: 0, tokens: 0, tokensPerSecond: 0 },
  ...{ problems: [], notices: [], health },
};

describe('metrics of a capture', function () {
  this.timeout(30_000);

  it('are OpenMetrics, whatever they are', () => {
    const count = fc.nat();
    const ms = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(
        count,
        fc.double({ min: 0, max: 1e12, noNaN: true }),
        fc.option(fc.record({ p50: ms, p99: ms, max: ms })),
        fc.string({ unit: fc.constantFrom('"', '\\', '\n', 'a', '}', '{', ',', '=', '😀') }),
        (number, tokensPerSecond, writeLatencyMs, version) => {
          const now = { ...status, calls: number, tokensPerSecond };
          const text = metricsText({ ...now, health: { ...health, writeLatencyMs } }, version);
          const families = readOpenMetrics(text);
          assert.equal(families.get('llm_stream_calls')?.samples[0]?.value, number);
          const latencies = families.get('llm_stream_write_latency_seconds')?.samples;
          assert.equal(latencies?.length, writeLatencyMs ? 3 : 0);
        },
      ),
    );
  });

  it('say what a deployment watches, without a token and with nothing private', async () => {
    const api = await RunningApi.start(await buildBundles());
    try {
      api.status = { ...api.status, problems: [{ code: 'disk-full', message: 'No room.' }] };
      const answer = await fetch(`${api.url}/metrics`);
      assert.equal(answer.status, 200);
      assert.equal(
        answer.headers.get('content-type'),
        'application/openmetrics-text; version=1.0.0; charset=utf-8',
      );
      const text = await answer.text();
      const families = readOpenMetrics(text);
      const values = Object.fromEntries(
        [...families.values()].flatMap(({ samples }) =>
          samples.map(({ name, labels, value }) => [`${name}{${labels}}`, value]),
        ),
      );
      const expected = {
        'llm_stream_tokens_total{fate="stored"}': 90,
        'llm_stream_tokens_total{fate="sampled_out"}': 10,
        'llm_stream_tokens_total{fate="dropped"}': 1,
        'llm_stream_log_bytes{}': 2_000,
        'llm_stream_file_bytes{}': 3_000,
        'llm_stream_write_latency_seconds{quantile="1.0"}': 0.007,
        'llm_stream_recoveries_total{}': 2,
        'llm_stream_rejected_events_total{}': 3,
        'llm_stream_problem{llm_stream_problem="disk-full"}': 1,
        'llm_stream_problem{llm_stream_problem="folder-gone"}': 0,
        'llm_stream_build_info{version="1.2.3"}': 1,
      };
      assert.deepEqual({ ...values, ...expected }, values);
      assert.ok(!text.includes('llmtrace'));
    } finally {
      await api.stop();
    }
  });

  it('are switched off unless somebody wants them, which the answer says', async () => {
    const api = await RunningApi.start(await buildBundles(), { hasMetrics: false });
    try {
      const answer = await api.ask<Problem>('/metrics', { headers: { authorization: '' } });
      assert.equal(answer.status, 404);
      assert.match(answer.body.detail, /LLM_STREAM_EXPERIMENTAL_OPEN_METRICS=true/);
    } finally {
      await api.stop();
    }
  });
});

describe('the reader of OpenMetrics in these tests', () => {
  const good = '# TYPE a counter\n# HELP a x\na_total{b="c\\"d"} 1\n# EOF\n';
  it('takes what is right', () => assert.equal(readOpenMetrics(good).size, 1));
  for (const [what, text] of Object.entries({
    'no end': good.replace('# EOF\n', ''),
    'a counter without its suffix': good.replace('a_total', 'a'),
    'a sample of no family': good.replace('a_total', 'b_total'),
    'an empty line': good.replace('# HELP', '\n# HELP'),
    'a unit that is not in the name': good.replace('# HELP a x', '# UNIT a bytes'),
    'a quote in a label': good.replace('\\"', '"'),
    'a comma at the end of the labels': good.replace('"}', '",}'),
    'a sample twice': good.replace('# EOF', 'a_total{b="c\\"d"} 1\n# EOF'),
    'a number that is none': good.replace(' 1\n', ' one\n'),
    'a negative counter': good.replace(' 1\n', ' -1\n'),
  })) {
    it(`refuses ${what}`, () => assert.throws(() => readOpenMetrics(text)));
  }
});
