import assert from 'node:assert/strict';
import fc from 'fast-check';
import { errorOfResponse, errorOfValue } from '../../../../src/capture/wire/errorCodes.js';

describe('the code of an answer with an error', () => {
  const ofStatus: readonly [number, string][] = [
    [400, 'LLM_ERROR'],
    [401, 'AUTH_ERROR'],
    [403, 'AUTH_ERROR'],
    [404, 'LLM_ERROR'],
    [408, 'TIMEOUT'],
    [429, 'RATE_LIMIT'],
    [500, 'LLM_ERROR'],
    [504, 'TIMEOUT'],
    [529, 'LLM_ERROR'],
  ];
  for (const [status, code] of ofStatus) {
    it(`with status ${status} and nothing else is ${code}`, () => {
      const error = errorOfResponse(status, '');
      assert.equal(error.code, code);
      assert.match(error.message, new RegExp(`^The upstream answered with status ${status}`));
    });
  }

  const ofBody: readonly [number, unknown, string, string][] = [
    [400, { type: 'error', error: { type: 'timeout_error', message: 'a' } }, 'TIMEOUT', 'a'],
    [500, { error: { type: 'permission_error', message: 'b' } }, 'AUTH_ERROR', 'b'],
    [429, { error: { type: 'insufficient_quota', message: 'c' } }, 'RATE_LIMIT', 'c'],
    [402, { error: { type: 'billing_error', message: 'd' } }, 'LLM_ERROR', 'd'],
    [429, { type: 'error', error: { type: 'overloaded_error', message: 'e' } }, 'LLM_ERROR', 'e'],
    [403, { error: { status: 'PERMISSION_DENIED', code: 403, message: 'f' } }, 'AUTH_ERROR', 'f'],
    [504, { error: { status: 'DEADLINE_EXCEEDED', message: 'g' } }, 'TIMEOUT', 'g'],
    [404, { detail: 'Not Found' }, 'LLM_ERROR', 'Not Found'],
    [422, { detail: [{ msg: 'missing' }] }, 'LLM_ERROR', '[{"msg":"missing"}]'],
    [401, { message: 'Unauthorized' }, 'AUTH_ERROR', 'Unauthorized'],
    [500, { errors: [{ message: 'h' }] }, 'LLM_ERROR', 'h'],
    [400, { error: { type: 'invalid_request_error' } }, 'LLM_ERROR', 'invalid_request_error'],
  ];
  for (const [status, body, code, message] of ofBody) {
    it(`${status} ${JSON.stringify(body)} is ${code}`, () => {
      assert.deepEqual(errorOfResponse(status, JSON.stringify(body)), { code, message });
    });
  }

  it('is told whatever the body is, with a message of bounded length', () => {
    const bodies = fc.oneof(fc.string(), fc.json(), fc.constant('x'.repeat(10_000)));
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 599 }), bodies, (status, body) => {
        const { message } = errorOfResponse(status, body);
        assert.ok(message.length > 0 && message.length <= 2_001);
      }),
    );
  });
});

describe('a value inside a response', () => {
  it('is an error by the status in its code, when it has no type', () => {
    const error = errorOfValue({ error: { code: 429, message: 'Slow down' } });
    assert.deepEqual(error, { code: 'RATE_LIMIT', message: 'Slow down' });
  });

  for (const value of [{}, { error: null }, { error: '' }, { error: false }, { type: 'message' }]) {
    it(`is no error: ${JSON.stringify(value)}`, () => {
      assert.equal(errorOfValue(value), undefined);
    });
  }
});
