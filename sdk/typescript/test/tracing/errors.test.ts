import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { errorCode, shownError } from '../../src/errors.js';

const withFields = (fields: object): Error => Object.assign(new Error('any'), fields);

/** As a vendor's SDK makes it of an answer. */
const openaiError = (status: number): Error =>
  OpenAI.APIError.generate(status, { message: 'any' }, undefined, new Headers());
const anthropicError = (status: number): Error =>
  Anthropic.APIError.generate(status, { message: 'any' }, undefined, new Headers());

async function thrownBy(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

/** Of a server that listens no more. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('the code of an error', () => {
  for (const [what, error, code] of [
    ['an abort', new DOMException('any', 'AbortError'), 'CLIENT_ABORT'],
    ["OpenAI's abort", new OpenAI.APIUserAbortError(), 'CLIENT_ABORT'],
    ['a timeout of a signal', new DOMException('any', 'TimeoutError'), 'TIMEOUT'],
    ["OpenAI's timeout", new OpenAI.APIConnectionTimeoutError(), 'TIMEOUT'],
    ['a timeout of a socket', withFields({ code: 'ETIMEDOUT' }), 'TIMEOUT'],
    ['a timeout of undici', withFields({ code: 'UND_ERR_HEADERS_TIMEOUT' }), 'TIMEOUT'],
    ['status 504', withFields({ status: 504 }), 'TIMEOUT'],
    ['status 429', withFields({ status: 429 }), 'RATE_LIMIT'],
    ["the AI SDK's status 429", withFields({ statusCode: 429 }), 'RATE_LIMIT'],
    ["OpenAI's status 429", openaiError(429), 'RATE_LIMIT'],
    ["Anthropic's status 429", anthropicError(429), 'RATE_LIMIT'],
    ["OpenAI's status 401", openaiError(401), 'AUTH_ERROR'],
    ["Anthropic's status 403", anthropicError(403), 'AUTH_ERROR'],
    ['a refused connection', withFields({ code: 'ECONNREFUSED' }), 'UPSTREAM_UNREACHABLE'],
    [
      'a refused connection as a cause',
      withFields({ cause: withFields({ code: 'ECONNREFUSED' }) }),
      'UPSTREAM_UNREACHABLE',
    ],
    ["OpenAI's lost connection", new OpenAI.APIConnectionError({}), 'UPSTREAM_UNREACHABLE'],
    ['status 500', openaiError(500), 'LLM_ERROR'],
    ['anything', withFields({}), 'LLM_ERROR'],
    ['a text', 'any', 'LLM_ERROR'],
    ['nothing', undefined, 'LLM_ERROR'],
  ] as const) {
    it(`of ${what} is ${code}`, () => assert.equal(errorCode(error), code));
  }

  it('of a fetch that reaches nobody, or is aborted is what happened', async () => {
    const unreachable = await thrownBy(async () =>
      fetch(`http://127.0.0.1:${await closedPort()}/`),
    );
    assert.equal(errorCode(unreachable), 'UPSTREAM_UNREACHABLE');
    assert.equal(
      errorCode(new OpenAI.APIConnectionError({ cause: unreachable as Error })),
      'UPSTREAM_UNREACHABLE',
    );
    const aborted = await thrownBy(() =>
      fetch('http://127.0.0.1:1/', { signal: AbortSignal.abort() }),
    );
    assert.equal(errorCode(aborted), 'CLIENT_ABORT');
  });
});

describe('what is shown of an error', () => {
  for (const [error, name, message] of [
    [new TypeError('wrong'), 'TypeError', 'wrong'],
    ['a text', 'Error', 'a text'],
    [new RangeError(), 'RangeError', 'RangeError'],
    [{ code: 7, detail: 'odd' }, 'Error', '{"code":7,"detail":"odd"}'],
    [undefined, 'Error', 'undefined'],
    [null, 'Error', 'null'],
  ] as const) {
    it(`is ${name}: ${message}`, () => {
      const shown = shownError(error);
      assert.deepEqual([shown.name, shown.message], [name, message]);
    });
  }
});
