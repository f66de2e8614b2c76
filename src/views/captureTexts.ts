/** How a capture is put into words: in the status bar, in the tree, in questions. */
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatTokens,
} from '../model/formatting.js';
import { microseconds } from '../model/units.js';
import type { CaptureHealth, CaptureProblem, CaptureStatus } from '../protocol/captureStatus.js';

/** "1 stream", "3 streams". */
export const streamsText = (count: number): string =>
  `${formatCount(count)} ${count === 1 ? 'stream' : 'streams'}`;

/** "2 streams, 42.0 tok/s"; null while nothing happens. */
function activityText({ activeStreams, tokensPerSecond }: CaptureStatus): string | null {
  const parts = [
    ...(activeStreams > 0 ? [streamsText(activeStreams)] : []),
    ...(tokensPerSecond > 0 ? [formatRate(tokensPerSecond)] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : null;
}

/** For the status bar: "Capturing :4321, 2 streams, 42.0 tok/s". */
export function captureText(status: CaptureStatus): string {
  const [problem] = status.problems;
  if (problem) return `Capture :${status.port}: ${problemWords[problem.code]}`;
  const activity = activityText(status);
  const what = status.state === 'finishing' ? 'Capture ends' : `Capturing :${status.port}`;
  return activity === null ? what : `${what}, ${activity}`;
}

/** For the tree: "2 streams, 42.0 tok/s, 1,240 tokens". */
export function captureDescription(status: CaptureStatus): string {
  const [problem] = status.problems;
  return [
    ...(status.state === 'finishing' ? ['ends with its streams'] : []),
    ...(problem ? [problemWords[problem.code]] : []),
    activityText(status),
    formatTokens(status.tokens),
  ]
    .filter((part) => part !== null)
    .join(', ');
}

/** "12 calls, 1,240 tokens" */
export const captureCounts = ({ calls, tokens }: CaptureStatus): string =>
  `${formatCount(calls)} ${calls === 1 ? 'call' : 'calls'}, ${formatTokens(tokens)}`;

export interface HealthFigure {
  readonly name: string;
  readonly value: string;
  readonly isWarning: boolean;
}

/** Always the same ones, so that nothing moves while they change. */
export function healthFigures(status: CaptureStatus, health: CaptureHealth): HealthFigure[] {
  const figure = (name: string, value: string, isWarning = false): HealthFigure => ({
    ...{ name, value, isWarning },
  });
  const { tokensDropped, rejectedEvents } = health;
  return [
    figure('Streams', activityText(status) ?? 'none'),
    figure('Tokens stored', formatCount(health.tokensStored)),
    figure('Tokens sampled out', formatCount(health.tokensSampledOut)),
    figure('Tokens lost', formatCount(tokensDropped), tokensDropped > 0),
    figure('Trace file', formatBytes(health.fileBytes)),
    figure('Log', formatBytes(health.logBytes)),
    figure('Write latency', latencyText(health.writeLatencyMs)),
    figure('Recovered traces', formatCount(health.recoveries)),
    figure('Rejected events', formatCount(rejectedEvents), rejectedEvents > 0),
  ];
}

/** For the tree: what is wrong in a few words, or that nothing is. */
export function healthText({ problems }: CaptureStatus, health: CaptureHealth): string {
  const [problem] = problems;
  if (problem) return problemWords[problem.code];
  return health.tokensDropped > 0 ? `${formatTokens(health.tokensDropped)} lost` : 'no problems';
}

function latencyText(latency: CaptureHealth['writeLatencyMs']): string {
  if (!latency) return 'nothing written yet';
  const text = (ms: number): string => formatDuration(microseconds(ms * 1_000));
  return `p50 ${text(latency.p50)}, p99 ${text(latency.p99)}, max ${text(latency.max)}`;
}

const problemWords: Readonly<Record<CaptureProblem['code'], string>> = {
  'disk-full': 'disk full',
  'no-permission': 'no permission to write',
  'folder-gone': 'folder is gone',
  'write-failed': 'cannot write',
};
