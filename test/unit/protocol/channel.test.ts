import assert from 'node:assert/strict';
import { MessageChannel } from 'node:worker_threads';
import fc from 'fast-check';
import {
  Channel,
  type Message,
  type NotificationHandlers,
  type Port,
  type RequestHandlers,
} from '../../../src/protocol/channel.js';
import { TraceError } from '../../../src/protocol/errors.js';

type Asked = {
  requests: {
    double: { params: number; result: number };
    wait: { params: null; result: string };
    fail: { params: unknown; result: never };
    unsendable: { params: null; result: unknown };
  };
  notifications: { said: string };
};
type Asker = { requests: Record<string, never>; notifications: Record<string, never> };

/** Two ports that hand each other structured clones, a turn of the event loop later, as real ones do. */
class Wire {
  private readonly listeners = [
    new Set<(message: unknown) => void>(),
    new Set<(message: unknown) => void>(),
  ];
  /** What went over the wire, in both directions. */
  readonly log: Message[] = [];
  broken = false;

  port(side: 0 | 1): Port {
    return {
      post: (message) => {
        if (this.broken) throw new Error('port is closed');
        const copy: unknown = structuredClone(message);
        this.log.push(message);
        setImmediate(() => this.deliver(side === 0 ? 1 : 0, copy));
      },
      listen: (receive) => {
        this.listeners[side]!.add(receive);
        return () => this.listeners[side]!.delete(receive);
      },
    };
  }

  deliver(side: 0 | 1, message: unknown): void {
    for (const receive of this.listeners[side]!) receive(message);
  }

  sent(kind: Message['kind']): Message[] {
    return this.log.filter((message) => message.kind === kind);
  }
}

const waitsForEver = (_: null, signal: AbortSignal): Promise<string> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new TraceError('cancelled', 'Cancelled.')));
  });

const handlers: RequestHandlers<Asked> = {
  double: (value) => value * 2,
  wait: waitsForEver,
  fail: (thrown) => {
    throw thrown;
  },
  unsendable: () => () => 'functions cannot be cloned',
};

function connect(
  over: Partial<RequestHandlers<Asked>> = {},
  said: NotificationHandlers<Asked> = { said: () => undefined },
) {
  const wire = new Wire();
  const asker = new Channel<Asker, Asked>(wire.port(0), {}, {});
  const answerer = new Channel<Asked, Asker>(wire.port(1), { ...handlers, ...over }, said);
  return { wire, asker, answerer };
}

const nextTurns = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
};

const rejectsWith = (promise: Promise<unknown>, code: string, message = /./): Promise<void> =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof TraceError);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });

describe('channel', () => {
  it('answers a request with its result', async () => {
    const { asker } = connect();
    assert.equal(await asker.request('double', 21), 42);
  });

  it('answers many requests at once, each with its own result', async () => {
    const { asker } = connect({
      double: async (value) => {
        // The later ones are answered first.
        for (let turn = 0; turn < 20 - value; turn++) await Promise.resolve();
        return value * 2;
      },
    });
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, value) => asker.request('double', value)),
    );
    assert.deepEqual(
      results,
      Array.from({ length: 20 }, (_, value) => value * 2),
    );
  });

  it('hands on a failure with its code, sentence and detail', async () => {
    const { asker } = connect({
      fail: () => {
        throw new TraceError('busy', 'Another program writes. Try again.', 'journal of 4 kB');
      },
    });
    await assert.rejects(asker.request('fail', null), {
      code: 'busy',
      message: 'Another program writes. Try again.',
      detail: 'journal of 4 kB',
    });
  });

  it('makes an error of whatever is thrown', async () => {
    const { asker } = connect();
    for (const thrown of ['a string', null, undefined, 7, { a: 1 }]) {
      await rejectsWith(asker.request('fail', thrown), 'internal');
    }
  });

  it('refuses a request that does not exist, also one named like a property of every object', async () => {
    const { asker } = connect();
    for (const name of ['nothing', 'toString', '__proto__', 'constructor']) {
      await rejectsWith(asker.request(name as 'double', 1), 'invalid', new RegExp(name));
    }
  });

  it('answers with an error when the result cannot be sent', async () => {
    const { asker } = connect();
    await rejectsWith(asker.request('unsendable', null, { timeoutMs: 0 }), 'internal');
  });

  it('rejects a request that cannot be sent', async () => {
    const { asker } = connect();
    const params = (() => 1) as unknown as number;
    await rejectsWith(asker.request('double', params, { timeoutMs: 0 }), 'closed');
  });

  it('gives up after the time that was set, tells the other side, and ignores a late answer', async () => {
    let finish: (value: number) => void = () => undefined;
    let aborted = false;
    const { asker, wire } = connect({
      double: (_, signal) =>
        new Promise((resolve) => {
          finish = resolve;
          signal.addEventListener('abort', () => (aborted = true));
        }),
    });
    await rejectsWith(asker.request('double', 1, { timeoutMs: 20 }), 'timeout', /0\.02 s/);
    await nextTurns();
    assert.equal(wire.sent('cancel').length, 1);
    assert.ok(aborted);
    finish(2);
    await nextTurns();
    assert.equal(await asker.request('fail', null).catch(() => 'still works'), 'still works');
  });

  it('cancels a request at both ends', async () => {
    const { asker, wire } = connect();
    const controller = new AbortController();
    const request = asker.request('wait', null, { signal: controller.signal, timeoutMs: 0 });
    await nextTurns();
    controller.abort();
    await rejectsWith(request, 'cancelled');
    await nextTurns();
    assert.equal(wire.sent('error').length, 1, 'the answerer has stopped and said so');
  });

  it('does not send a request that was cancelled before', async () => {
    const { asker, wire } = connect();
    await rejectsWith(asker.request('wait', null, { signal: AbortSignal.abort() }), 'cancelled');
    assert.deepEqual(wire.log, []);
  });

  it('does not cancel what has been answered', async () => {
    const { asker, wire } = connect();
    const controller = new AbortController();
    assert.equal(await asker.request('double', 1, { signal: controller.signal }), 2);
    controller.abort();
    assert.deepEqual(wire.sent('cancel'), []);
  });

  it('rejects what is waiting, and every later request, once it is disposed', async () => {
    const { asker } = connect();
    const waiting = [
      asker.request('wait', null, { timeoutMs: 0 }),
      asker.request('wait', null, { timeoutMs: 0 }),
    ];
    asker.dispose();
    asker.dispose();
    for (const request of waiting) await rejectsWith(request, 'closed');
    await rejectsWith(asker.request('double', 1), 'closed');
  });

  it('stops its own work, and says nothing more, once it is disposed', async () => {
    let stopped = false;
    const { asker, answerer, wire } = connect({
      wait: (_, signal) => {
        signal.addEventListener('abort', () => (stopped = true));
        return waitsForEver(null, signal);
      },
    });
    const request = asker.request('wait', null, { timeoutMs: 0 });
    await nextTurns();
    answerer.dispose();
    await nextTurns();
    assert.ok(stopped);
    assert.deepEqual([...wire.sent('error'), ...wire.sent('result')], []);
    asker.dispose();
    await rejectsWith(request, 'closed');
  });

  it('survives a dead port: requests reject, notifications are dropped', async () => {
    const { asker, wire } = connect();
    wire.broken = true;
    await rejectsWith(asker.request('double', 1, { timeoutMs: 0 }), 'closed');
    assert.doesNotThrow(() => asker.notify('said', 'hello'));
  });

  it('survives a port that dies while it works', async () => {
    const { asker, wire } = connect();
    const request = asker.request('double', 1, { timeoutMs: 30 });
    wire.broken = true;
    await rejectsWith(request, 'timeout');
  });

  it('delivers notifications, and ignores those that nobody listens to', async () => {
    const heard: string[] = [];
    const { asker } = connect({}, { said: (text) => heard.push(text) });
    asker.notify('said', 'one');
    asker.notify('unheard' as 'said', 'nothing');
    asker.notify('toString' as 'said', 'nothing');
    asker.notify('said', 'two');
    await nextTurns();
    assert.deepEqual(heard, ['one', 'two']);
  });

  it('is not disturbed by messages of others, of whatever shape', async () => {
    const { asker, answerer, wire } = connect();
    const waiting = asker.request('wait', null, { timeoutMs: 0 });
    const anyMessage = fc.oneof(
      fc.anything(),
      fc.record(
        {
          kind: fc.constantFrom('result', 'error', 'cancel', 'notify', 'request', 'else', 3),
          id: fc.oneof(fc.integer({ min: 2 }), fc.string(), fc.constant(null)),
          method: fc.oneof(fc.string(), fc.constant('__proto__'), fc.integer()),
          error: fc.oneof(fc.anything(), fc.record({ message: fc.string() })),
          params: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(anyMessage, fc.constantFrom(0 as const, 1 as const), (message, side) => {
        wire.deliver(side, message);
      }),
      { numRuns: 2_000 },
    );
    await nextTurns();
    assert.equal(await asker.request('double', 4), 8);
    answerer.dispose();
    asker.dispose();
    await rejectsWith(waiting, 'closed');
  });

  it('settles every request, whatever happens in whatever order', async () => {
    const event = fc.constantFrom('ask', 'askForEver', 'cancel', 'break', 'dispose', 'turn');
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 30 }), async (events) => {
        const { asker, answerer, wire } = connect();
        const outcomes: Promise<string>[] = [];
        const watch = (request: Promise<unknown>): void => {
          const outcome = request.then(
            () => 'result',
            (error: unknown) => (error instanceof TraceError ? error.code : 'untyped'),
          );
          outcomes.push(outcome);
        };
        const controllers: AbortController[] = [];
        for (const what of events) {
          if (what === 'ask') watch(asker.request('double', 1, { timeoutMs: 0 }));
          if (what === 'askForEver') {
            const controller = new AbortController();
            controllers.push(controller);
            const options = { signal: controller.signal, timeoutMs: 0 };
            watch(asker.request('wait', null, options));
          }
          if (what === 'cancel') controllers.pop()?.abort();
          if (what === 'break') wire.broken = true;
          if (what === 'dispose') asker.dispose();
          if (what === 'turn') await nextTurns();
        }
        asker.dispose();
        answerer.dispose();
        for (const outcome of await Promise.all(outcomes)) {
          assert.ok(['result', 'cancelled', 'closed'].includes(outcome), outcome);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('works over a real message port and keeps typed arrays', async () => {
    const { port1, port2 } = new MessageChannel();
    const over = (port: typeof port1): Port => ({
      post: (message) => port.postMessage(message),
      listen: (receive) => {
        port.on('message', receive);
        return () => port.off('message', receive);
      },
    });
    type Columns = {
      requests: { columns: { params: null; result: Float64Array } };
      notifications: Record<string, never>;
    };
    const asker = new Channel<Asker, Columns>(over(port1), {}, {});
    const answerer = new Channel<Columns, Asker>(
      over(port2),
      { columns: () => Float64Array.of(1.5, 2.5) },
      {},
    );
    assert.deepEqual(await asker.request('columns', null), Float64Array.of(1.5, 2.5));
    asker.dispose();
    answerer.dispose();
    port1.close();
  });
});
