/** Holds on to a capture: as long as this connection is open, the capture knows that a window shows it. */
import type { IncomingMessage } from 'node:http';
import { createParser } from 'eventsource-parser';
import type { CaptureStatus } from '../../protocol/captureStatus.js';
import type { RunningCapture } from './runningCapture.js';
import { type Unanswered, send, sessionPath, statusOf } from './sessionRequests.js';

/** Far more than one event has. */
const longestEvent = 1_000_000;

/** Settles when the connection is over, with how it was: `closed` when there was one. */
export async function followStatus(
  capture: RunningCapture,
  changed: (status: CaptureStatus) => void,
  signal: AbortSignal,
): Promise<Unanswered | 'closed'> {
  let response: IncomingMessage;
  try {
    response = await send(capture, {
      method: 'GET',
      path: sessionPath,
      accept: 'text/event-stream',
      signal,
    });
  } catch {
    return 'refused';
  }
  if (response.statusCode !== 200) {
    response.destroy();
    return 'foreign';
  }
  return read(response, capture, changed);
}

function read(
  response: IncomingMessage,
  capture: RunningCapture,
  changed: (status: CaptureStatus) => void,
): Promise<'closed' | 'foreign'> {
  let ending: 'closed' | 'foreign' = 'closed';
  const fail = (): void => {
    ending = 'foreign';
    response.destroy();
  };
  const parser = createParser({
    maxBufferSize: longestEvent,
    onEvent: ({ event, data }) => {
      if (event !== 'status') return;
      const status = statusOf(capture, data);
      if (status) changed(status);
      else fail();
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') fail();
    },
  });
  return new Promise((resolve) => {
    response.setEncoding('utf8').on('data', (piece: string) => {
      if (!response.destroyed) parser.feed(piece);
    });
    response.on('error', () => undefined);
    response.once('close', () => resolve(ending));
  });
}
