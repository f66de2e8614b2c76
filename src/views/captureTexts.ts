/** How a capture is put into words: in the status bar, in the tree, in questions. */
import { formatCount, formatRate, formatTokens } from '../model/formatting.js';
import type { CaptureProblem, CaptureStatus } from '../protocol/captureStatus.js';

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

const problemWords: Readonly<Record<CaptureProblem['code'], string>> = {
  'disk-full': 'disk full',
  'no-permission': 'no permission to write',
  'folder-gone': 'folder is gone',
  'write-failed': 'cannot write',
};
