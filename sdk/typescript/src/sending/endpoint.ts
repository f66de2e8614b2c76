/** One request to the capture, with whatever can come of it. */
import type { Buffer } from 'node:buffer';
import http from 'node:http';
import https from 'node:https';
import { clearTimeout, setTimeout } from 'node:timers';
import { type Answer, answerOf, failureOf } from './answer.js';

const usualTimeoutMs = 10_000;
const longestAnswer = 100_000;

// Kept as they are now: tests of an agent, and other tools that watch it, replace them.
const plainRequest = http.request;
const secureRequest = https.request;

export class Endpoint {
  private readonly headers: Readonly<Record<string, string>>;
  private readonly agent: http.Agent;

  constructor(
    readonly url: string,
    token: string | null,
    private readonly timeoutMs = usualTimeoutMs,
  ) {
    this.headers = {
      'content-type': 'application/x-ndjson',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    };
    const options = { keepAlive: true, maxSockets: 1 };
    this.agent = this.isSecure ? new https.Agent(options) : new http.Agent(options);
  }

  /** Never rejects, and takes no longer than the timeout. */
  post(body: Buffer): Promise<Answer> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const settle = (answer: Answer): void => {
        clearTimeout(timer);
        resolve(answer);
      };
      try {
        const request = this.request(body, settle);
        timer = setTimeout(() => {
          settle({ kind: 'away', reason: `no answer in ${this.timeoutMs / 1_000} s` });
          request.destroy();
        }, this.timeoutMs);
        timer.unref();
      } catch (error) {
        settle(failureOf(error));
      }
    });
  }

  private get isSecure(): boolean {
    return this.url.startsWith('https:');
  }

  private request(body: Buffer, settle: (answer: Answer) => void): http.ClientRequest {
    const send = this.isSecure ? secureRequest : plainRequest;
    const request = send(`${this.url}/v1/events`, {
      method: 'POST',
      agent: this.agent,
      headers: { ...this.headers, 'content-length': String(body.length) },
    });
    // Whatever is under way does not keep the agent's process alive.
    request.on('socket', (socket) => socket.unref());
    request.on('error', (error) => settle(failureOf(error)));
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        if (text.length < longestAnswer) text += piece;
        else request.destroy();
      });
      response.on('end', () => settle(answerOf(response, text)));
      response.on('error', (error) => settle(failureOf(error)));
      response.on('close', () => settle(failureOf(new Error('the answer was cut off'))));
    });
    request.end(body);
    return request;
  }
}
