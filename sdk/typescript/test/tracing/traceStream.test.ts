import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { recorded } from './harness/recordingOutbox.js';
import { warningsLike } from './harness/warnings.js';

/** A stream that notes what its reader does. */
class Source implements AsyncIterable<string> {
  readonly asked: unknown[] = [];
  returned: unknown = 'not';

  constructor(
    private readonly texts: readonly string[],
    private readonly failure?: Error,
  ) {}

  [Symbol.asyncIterator](): AsyncIterator<string, string, unknown> {
    let index = 0;
    return {
      next: (...values: unknown[]) => {
        this.asked.push(...(values.length > 0 ? values : ['next']));
        const text = this.texts[index++];
        if (text !== undefined) return Promise.resolve({ done: false, value: text });
        if (this.failure !== undefined) return Promise.reject(this.failure);
        return Promise.resolve({ done: true, value: 'the end' });
      },
      return: (value) => {
        this.returned = value;
        return Promise.resolve({ done: true, value: 'closed' });
      },
    };
  }
}

async function read<Chunk>(chunks: AsyncIterable<Chunk>): Promise<Chunk[]> {
  const all: Chunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

describe('trace.traceStream', () => {
  it('passes on what the source gives and records its texts', async () => {
    const { trace, outbox } = recorded();
    const texts = await read(
      trace.traceStream(new Source(['a', 'b']), { model: 'm', prompt: 'p' }),
    );
    assert.deepEqual(texts, ['a', 'b']);
    assert.deepEqual(outbox.texts(), ['a', 'b']);
    const end = outbox.only('llm_call_end');
    assert.equal(end.status, 'completed');
    assert.ok((end.first_chunk_us ?? Infinity) <= (outbox.tokens()[0]?.offset_us ?? 0));
    assert.deepEqual(
      [outbox.only('llm_call_start').model, outbox.only('llm_call_start').request],
      ['m', 'p'],
    );
  });

  it('takes a list, a promise and a function of either, and generators', async () => {
    const { trace } = recorded();
    function* generate() {
      yield 'a';
      yield 'b';
    }
    for (const source of [
      ['a', 'b'],
      [Promise.resolve('a'), 'b'],
      Promise.resolve(new Source(['a', 'b'])),
      () => ['a', 'b'],
      () => Promise.resolve(new Source(['a', 'b'])),
      generate,
      new ReadableStream<string>({
        start: (controller) => {
          controller.enqueue('a');
          controller.enqueue('b');
          controller.close();
        },
      }),
    ]) {
      assert.deepEqual(await read(trace.traceStream<unknown>(source)), ['a', 'b']);
    }
  });

  it('calls a function when the first chunk is asked for, within the call, and counts its wait', async () => {
    const { trace, outbox } = recorded();
    let calls = 0;
    const traced = trace.traceStream(async () => {
      calls++;
      trace.event('in the function');
      await pause(20);
      return ['late'];
    });
    await pause(5);
    assert.equal(calls, 0);
    assert.equal(outbox.events.length, 0);
    await read(traced);
    assert.equal(calls, 1);
    assert.ok((outbox.tokens()[0]?.offset_us ?? 0) >= 19_000);
    assert.equal(outbox.named('in the function').parent, outbox.only('llm_call_start').llm_call_id);
  });

  it('counts the wait for a promise from the moment it is given', async () => {
    const { trace, outbox } = recorded();
    const traced = trace.traceStream(pause(1, ['late']));
    assert.equal(outbox.of('llm_call_start').length, 1);
    await pause(20);
    await read(traced);
    assert.ok((outbox.tokens()[0]?.offset_us ?? 0) >= 19_000);
  });

  it('asks the source only for what its reader asks for', async () => {
    const { trace } = recorded();
    const source = new Source(['a', 'b', 'c']);
    const iterator = trace.traceStream(source)[Symbol.asyncIterator]();
    await iterator.next();
    await pause(5);
    assert.equal(source.asked.length, 1);
    await iterator.next();
    assert.equal(source.asked.length, 2);
  });

  it('passes on values to and from the source unchanged', async () => {
    const { trace } = recorded();
    const source = new Source(['a']);
    const iterator = trace.traceStream(source)[Symbol.asyncIterator]() as AsyncIterator<
      string,
      unknown,
      unknown
    >;
    assert.deepEqual(await iterator.next('first'), { done: false, value: 'a' });
    assert.deepEqual(await iterator.next('second'), { done: true, value: 'the end' });
    assert.deepEqual(source.asked, ['first', 'second']);
    assert.deepEqual(await iterator.return?.('bye'), { done: true, value: 'closed' });
    assert.equal(source.returned, 'bye');
  });

  it('that is left early closes the source, and the call is aborted', async () => {
    const { trace, outbox } = recorded();
    const source = new Source(['a', 'b']);
    for await (const text of trace.traceStream(source)) {
      assert.equal(text, 'a');
      break;
    }
    assert.equal(source.returned, undefined);
    const end = outbox.only('llm_call_end');
    assert.deepEqual([end.status, end.error?.code], ['aborted', 'CLIENT_ABORT']);
    assert.deepEqual(outbox.texts(), ['a']);
  });

  it('that is left by an exception of its reader is aborted, and the exception goes on', async () => {
    const { trace, outbox } = recorded();
    const failure = new Error("the agent's own");
    await assert.rejects(
      async () => {
        for await (const text of trace.traceStream(['a', 'b'])) {
          if (text === 'a') throw failure;
        }
      },
      (error) => error === failure,
    );
    assert.equal(outbox.only('llm_call_end').status, 'aborted');
  });

  it('that is left after the model has finished is completed', async () => {
    const { trace, outbox } = recorded();
    const chunks = [
      { choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }] },
      { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
      { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } },
    ];
    for await (const { choices } of trace.traceStream(chunks)) {
      if (choices[0]?.finish_reason) break;
    }
    const end = outbox.only('llm_call_end');
    assert.deepEqual([end.status, end.finish_reason], ['completed', 'stop']);
  });

  for (const [what, source] of [
    ['in the middle', (failure: Error) => new Source(['a'], failure)],
    ['as a promise', (failure: Error) => Promise.reject(failure)],
    [
      'in a function',
      (failure: Error) => () => {
        throw failure;
      },
    ],
    ['in a function later', (failure: Error) => () => Promise.reject(failure)],
  ] as const) {
    it(`that fails ${what} fails the call and its reader, with the same error`, async () => {
      const { trace, outbox } = recorded();
      const failure = Object.assign(new Error('slow down'), { status: 429 });
      await assert.rejects(
        read(trace.traceStream<string>(source(failure))),
        (error) => error === failure,
      );
      const end = outbox.only('llm_call_end');
      assert.deepEqual(
        [end.status, end.error],
        ['failed', { code: 'RATE_LIMIT', message: 'slow down' }],
      );
    });
  }

  it('that nobody goes on to read is interrupted when the process ends', async () => {
    const { trace, outbox } = recorded();
    await trace.traceStream(['a', 'b'])[Symbol.asyncIterator]().next();
    outbox.finish();
    assert.equal(outbox.only('llm_call_end').status, 'interrupted');
    assert.deepEqual(outbox.texts(), ['a']);
  });

  it('read twice is two calls', async () => {
    const { trace, outbox } = recorded();
    const traced = trace.traceStream(() => ['a']);
    await read(traced);
    await read(traced);
    assert.equal(outbox.of('llm_call_end').length, 2);
  });

  it('takes for text what textOf says', async () => {
    const { trace, outbox } = recorded();
    const chunks = [{ say: 'a' }, { say: null, think: 'hm' }, { say: undefined }];
    await read(
      trace.traceStream(chunks, {
        textOf: ({ say, think }) => (think ? [{ text: think, kind: 'reasoning' }] : say),
      }),
    );
    assert.deepEqual(
      outbox.tokens().map(({ token, kind }) => [token, kind]),
      [
        ['a', undefined],
        ['hm', 'reasoning'],
      ],
    );
  });

  it('goes on when textOf fails, and says so once', async () => {
    const { trace } = recorded();
    const textOf = () => {
      throw new Error('no such field');
    };
    assert.deepEqual(await read(trace.traceStream(['a', 'b'], { textOf })), ['a', 'b']);
    assert.equal((await warningsLike(/check the textOf/)).length, 1);
  });

  it('says once that it found no text', async () => {
    const { trace } = recorded();
    for (let times = 0; times < 2; times++) await read(trace.traceStream([{ some: 'thing' }]));
    assert.equal((await warningsLike(/found no text.*textOf/)).length, 1);
  });

  it('does not hide that what it is given cannot be read', async () => {
    const { trace, outbox } = recorded();
    await assert.rejects(read(trace.traceStream(5 as unknown as string[])), TypeError);
    assert.equal(outbox.only('llm_call_end').status, 'failed');
  });

  it('leaves a rejection that nobody handles unhandled', async () => {
    const { trace } = recorded();
    const failure = new Error('nobody handles it');
    const unhandled = new Promise((resolve) => {
      const others = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection');
      process.once('unhandledRejection', (reason) => {
        for (const listener of others) process.on('unhandledRejection', listener);
        resolve(reason);
      });
    });
    void trace.run('run', () => Promise.reject(failure));
    assert.equal(await unhandled, failure);
  });
});
