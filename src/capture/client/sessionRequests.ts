/** What an editor asks its capture: `/v1/session`, with the session's token, over the loopback interface. */
import { type IncomingMessage, request } from 'node:http';
import { TraceError } from '../../protocol/errors.js';
import type { CaptureStatus } from '../../protocol/captureStatus.js';
import type { RunningCapture } from './runningCapture.js';

export const sessionPath = '/v1/session';

const answerTimeoutMs = 5_000;
/** Far more than a status has; whoever sends more is no capture. */
const longestAnswer = 1_000_000;

export type StopWhen = 'now' | 'idle';

/** `foreign`: something else listens on that port now. `silent`: no answer in time. */
export type Unanswered = 'refused' | 'foreign' | 'silent';

/** The status that this process says it has. */
export async function askStatus(capture: RunningCapture): Promise<CaptureStatus | Unanswered> {
  try {
    const response = await send(capture, { method: 'GET', path: sessionPath });
    if (response.statusCode !== 200) {
      response.destroy();
      return 'foreign';
    }
    return statusOf(capture, await textOf(response)) ?? 'foreign';
  } catch (thrown) {
    return thrown instanceof TraceError && thrown.code === 'timeout' ? 'silent' : 'refused';
  }
}

/** @throws TraceError when the capture does not take the request. */
export async function askToStop(capture: RunningCapture, when: StopWhen): Promise<void> {
  const response = await send(capture, {
    method: 'POST',
    path: `${sessionPath}/stop`,
    body: { when },
  });
  response.resume();
  if ((response.statusCode ?? 0) >= 300) {
    throw new TraceError(
      'internal',
      'The capture did not take the request to stop. The log ("LLM Stream: Show Log") has the details.',
      `POST /v1/session/stop: ${response.statusCode}`,
    );
  }
}

/** Null unless the text is the status of this very process. */
export function statusOf(capture: RunningCapture, text: string): CaptureStatus | null {
  try {
    const status = JSON.parse(text) as CaptureStatus | null;
    const isOurs = status?.pid === capture.pid && Array.isArray(status.problems);
    return isOurs ? status : null;
  } catch {
    return null;
  }
}

interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly accept?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Settles with the head of the answer. */
export function send(
  { url, token }: RunningCapture,
  { method, path, body, signal, accept = 'application/json' }: Question,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const content = body === undefined ? {} : { 'content-type': 'application/json' };
    const outgoing = request(`${url}${path}`, {
      method,
      // A connection of its own, which ends with the answer.
      agent: false,
      headers: { authorization: `Bearer ${token}`, accept, ...content },
      ...(signal ? { signal } : {}),
    });
    const timer = setTimeout(() => outgoing.destroy(noAnswer()), answerTimeoutMs);
    outgoing.once('response', (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function textOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => response.destroy(noAnswer()), answerTimeoutMs);
    response.setEncoding('utf8');
    response.on('data', (piece: string) => {
      text += piece;
      if (text.length > longestAnswer) response.destroy(new Error('too long'));
    });
    response.once('end', () => resolve(text));
    response.once('error', reject);
    response.once('close', () => {
      clearTimeout(timer);
      reject(new Error('The connection was closed.'));
    });
  });
}

const noAnswer = (): TraceError => new TraceError('timeout', 'The capture does not answer.');
