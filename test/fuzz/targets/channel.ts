/** Messages of another process: whatever comes, requests are answered once and the channel goes on. */
import assert from 'node:assert/strict';
import { Channel, type Message, type Port } from '../../../src/protocol/channel.js';
import { TraceError } from '../../../src/protocol/errors.js';
import { type FuzzTarget, bytesOf, textOf } from '../target.js';

type Echo = {
  readonly requests: {
    readonly echo: { readonly params: unknown; readonly result: unknown };
    readonly fail: { readonly params: unknown; readonly result: unknown };
  };
  readonly notifications: { readonly note: unknown };
};

class FakePort implements Port {
  readonly posted: Message[] = [];
  receive: (message: unknown) => void = () => undefined;

  post(message: Message): void {
    this.posted.push(structuredClone(message));
  }

  listen(receive: (message: unknown) => void): () => void {
    this.receive = receive;
    return () => (this.receive = () => undefined);
  }
}

/** A line each; what is no JSON comes as a text. */
const messagesOf = (input: Uint8Array): unknown[] =>
  textOf(input)
    .split('\n')
    .map((line) => {
      try {
        return JSON.parse(line) as unknown;
      } catch {
        return line;
      }
    });

export const channel: FuzzTarget = {
  name: 'channel',
  seeds: () => [
    bytesOf(
      [
        { kind: 'request', id: 1, method: 'echo', params: { a: 1 } },
        { kind: 'request', id: 2, method: 'fail', params: null },
        { kind: 'request', id: 3, method: 'nothing', params: null },
        { kind: 'cancel', id: 1 },
        { kind: 'result', id: 1, result: 5 },
        { kind: 'error', id: 2, error: { code: 'invalid', message: 'No.', detail: null } },
        { kind: 'notify', method: 'note', params: [1] },
      ]
        .map((message) => JSON.stringify(message))
        .join('\n'),
    ),
  ],
  words: [
    ...['"method":"toString"', '"method":"__proto__"', '"id":1', '"id":2', '"id":NaN', '"id":"1"'],
    ...['"kind":"result"', '"kind":"error"', '"kind":"cancel"', '"error":null', '"error":{}', '\n'],
  ],
  check: async (input) => {
    const port = new FakePort();
    const tested = new Channel<Echo, Echo>(
      port,
      {
        echo: (params) => params,
        fail: () => {
          throw new Error('on purpose');
        },
      },
      { note: () => undefined },
    );
    const traits: string[] = [];
    const settled = Promise.all(
      [1, 2].map((number) =>
        tested.request('echo', number, { timeoutMs: 0 }).then(
          () => 'a result',
          (error: unknown) => {
            assert.ok(error instanceof TraceError, 'rejected with something else');
            assert.equal(typeof error.message, 'string', 'an error without words');
            return error.code;
          },
        ),
      ),
    );
    for (const message of messagesOf(input)) port.receive(message);
    await new Promise((resolve) => setImmediate(resolve));
    traits.push(...port.posted.map((message) => `${message.kind} ${typeof message}`));
    // Whatever came, it still answers.
    const before = port.posted.length;
    port.receive({ kind: 'request', id: 77_777, method: 'echo', params: 'still' });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(port.posted.slice(before), [{ kind: 'result', id: 77_777, result: 'still' }]);
    tested.dispose();
    return [...traits, ...(await settled)];
  },
};
