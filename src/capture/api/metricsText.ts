/** Figures of a capture as OpenMetrics 1.0: https://prometheus.io/docs/specs/om/open_metrics_spec/ */
import type { CaptureProblem, CaptureStatus } from '../../protocol/captureStatus.js';

type Labels = Readonly<Record<string, string>>;

interface Sample {
  /** Behind the name of the family. */
  readonly suffix?: '_total' | '_info';
  readonly labels?: Labels;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'info' | 'stateset' | 'summary';
  /** Has to be the end of the name. */
  readonly unit?: 'bytes' | 'seconds';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export function metricsText(status: Required<CaptureStatus>, version: string): string {
  return `${families(status, version).map(textOf).join('')}# EOF\n`;
}

function families(status: Required<CaptureStatus>, version: string): Family[] {
  const { health } = status;
  return [
    {
      ...{ name: 'llm_stream_build', type: 'info', help: 'The program that captures.' },
      samples: [{ suffix: '_info', labels: { version }, value: 1 }],
    },
    gauge('start_time_seconds', 'When the capture started.', status.startedAtMs / 1_000, 'seconds'),
    gauge('active_streams', 'Calls that have not ended.', status.activeStreams),
    gauge('tokens_per_second', 'Over the last two seconds.', status.tokensPerSecond),
    counter('calls', 'Calls of models.', status.calls),
    {
      ...{ name: 'llm_stream_tokens', type: 'counter', help: 'Tokens, by what became of them.' },
      samples: [
        { suffix: '_total', labels: { fate: 'stored' }, value: health.tokensStored },
        { suffix: '_total', labels: { fate: 'sampled_out' }, value: health.tokensSampledOut },
        { suffix: '_total', labels: { fate: 'dropped' }, value: health.tokensDropped },
      ],
    },
    gauge('log_bytes', 'Size of the log that is not in the trace yet.', health.logBytes, 'bytes'),
    gauge('file_bytes', 'Size of the trace.', health.fileBytes, 'bytes'),
    {
      ...{ name: 'llm_stream_write_latency_seconds', type: 'summary', unit: 'seconds' },
      help: 'Of the last 1024 writes into the log.',
      samples: quantiles(health.writeLatencyMs),
    },
    counter('recoveries', 'Traces recovered from captures that had died.', health.recoveries),
    counter('rejected_events', 'Sent by SDKs, and no events.', health.rejectedEvents),
    {
      ...{ name: 'llm_stream_problem', type: 'stateset', help: 'What is wrong now.' },
      samples: problemCodes.map((code) => ({
        labels: { llm_stream_problem: code },
        value: status.problems.some((problem) => problem.code === code) ? 1 : 0,
      })),
    },
  ];
}

const knownCodes: Readonly<Record<CaptureProblem['code'], true>> = {
  'disk-full': true,
  'no-permission': true,
  'folder-gone': true,
  'write-failed': true,
};
const problemCodes = Object.keys(knownCodes);

const counter = (name: string, help: string, value: number): Family => ({
  ...{ name: `llm_stream_${name}`, type: 'counter', help },
  samples: [{ suffix: '_total', value }],
});

const gauge = (name: string, help: string, value: number, unit?: Family['unit']): Family => ({
  ...{ name: `llm_stream_${name}`, type: 'gauge', help, samples: [{ value }] },
  ...(unit && { unit }),
});

function quantiles(latencyMs: Required<CaptureStatus>['health']['writeLatencyMs']): Sample[] {
  if (!latencyMs) return [];
  const { p50, p99, max } = latencyMs;
  return [
    { labels: { quantile: '0.5' }, value: p50 / 1_000 },
    { labels: { quantile: '0.99' }, value: p99 / 1_000 },
    { labels: { quantile: '1.0' }, value: max / 1_000 },
  ];
}

function textOf({ name, type, unit, help, samples }: Family): string {
  return [
    `# TYPE ${name} ${type}`,
    ...(unit ? [`# UNIT ${name} ${unit}`] : []),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(
      ({ suffix = '', labels, value }) => `${name}${suffix}${inBraces(labels)} ${value}`,
    ),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function inBraces(labels: Labels = {}): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
