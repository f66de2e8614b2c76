import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { LlmStream } from '../../src/api.js';
import { usedMegabytes } from '../harness/memory.js';
import { recorded } from './harness/recordingOutbox.js';
import { warningsLike } from './harness/warnings.js';

describe('a stream', () => {
  it('says what was asked for, when, and each token with its time', async () => {
    const { trace, outbox } = recorded();
    const messages = [{ role: 'user', content: 'Hi?' }];
    const stream = trace.startLlmStream({
      ...{ model: 'm', provider: 'p', name: 'greeting', messages },
      ...{ parameters: { temperature: 0 }, metadata: { attempt: 1 } },
    });
    messages.push({ role: 'assistant', content: 'Hi!' });
    stream.firstChunk();
    stream.addToken('H', { metadata: { logprob: -1 } });
    await pause(5);
    stream.addToken('i');
    stream.addToken('hm', { kind: 'reasoning' });
    stream.end({ finishReason: 'stop', promptTokens: 3, completionTokens: 2, httpStatus: 200 });
    const start = outbox.only('llm_call_start');
    assert.deepEqual(
      [start.name, start.model, start.provider, start.streaming, start.sample_rate, start.data],
      ['greeting', 'm', 'p', true, undefined, { attempt: 1 }],
    );
    assert.deepEqual(start.request, {
      temperature: 0,
      messages: [{ role: 'user', content: 'Hi?' }],
    });
    const [first, second, third] = outbox.only('llm_tokens').tokens;
    assert.ok(first && second && third);
    assert.deepEqual([first.token, first.kind, first.metadata], ['H', undefined, { logprob: -1 }]);
    assert.deepEqual([third.token, third.kind], ['hm', 'reasoning']);
    assert.ok(second.offset_us - first.offset_us >= 4_000);
    assert.ok([first, second, third].every(({ offset_us }) => Number.isInteger(offset_us)));
    const end = outbox.only('llm_call_end');
    assert.ok((end.first_chunk_us ?? Infinity) <= first.offset_us);
    assert.ok(end.duration_us >= third.offset_us);
    assert.deepEqual(
      [end.status, end.finish_reason, end.usage, end.http_status, end.received_tokens],
      ['completed', 'stop', { prompt_tokens: 3, completion_tokens: 2 }, 200, undefined],
    );
  });

  it('sends a prompt alone as a text', () => {
    const { trace, outbox } = recorded();
    trace.startLlmStream({ prompt: 'Hi?' }).end();
    assert.equal(outbox.only('llm_call_start').request, 'Hi?');
  });

  it('hands over a thousand tokens at once, and what waits when it is asked', () => {
    const { trace, outbox } = recorded();
    const stream = trace.startLlmStream();
    for (let index = 0; index < 2_500; index++) stream.addToken(`${index} `);
    assert.deepEqual(
      outbox.of('llm_tokens').map(({ first_index, tokens }) => [first_index, tokens.length]),
      [
        [0, 1_000],
        [1_000, 1_000],
      ],
    );
    for (const open of outbox.streams) open.seal();
    for (const open of outbox.streams) open.seal();
    assert.equal(outbox.of('llm_tokens').length, 3);
    stream.end();
    assert.equal(
      outbox.texts().join(''),
      Array.from({ length: 2_500 }, (_, n) => `${n} `).join(''),
    );
  });

  it('hands over long tokens in batches that fit into a line', () => {
    const { trace, outbox } = recorded();
    const stream = trace.startLlmStream();
    const long = '\u0000'.repeat(300_000);
    const metadata = { noted: 'x'.repeat(60_000) };
    for (let index = 0; index < 5; index++) stream.addToken(long);
    for (let index = 0; index < 100; index++) stream.addToken('a', { metadata });
    stream.end();
    assert.equal(outbox.texts().length, 105);
    for (const line of outbox.of('llm_tokens')) {
      assert.ok(Buffer.byteLength(JSON.stringify(line)) <= 4 * 1024 * 1024);
    }
  });

  it('cuts a huge token and says by how much', () => {
    const { trace, outbox } = recorded();
    const stream = trace.startLlmStream();
    stream.addToken('a'.repeat(1024 * 1024 + 5), { metadata: { any: 1 } });
    stream.addToken('\ud800'.repeat(1024 * 1024));
    stream.end();
    const [ascii, surrogates] = outbox.tokens();
    assert.equal(ascii?.token.length, 1024 * 1024);
    assert.deepEqual(ascii?.metadata, { any: 1, cut_characters: 5 });
    const cut = surrogates?.metadata?.['cut_characters'];
    assert.equal((surrogates?.token.length ?? 0) + Number(cut), 1024 * 1024);
    for (const line of outbox.of('llm_tokens')) {
      assert.ok(Buffer.byteLength(JSON.stringify(line)) <= 4 * 1024 * 1024);
    }
  });

  it('takes nothing for a token that is empty, and makes a text of what is none, saying so once', async () => {
    const { trace, outbox } = recorded();
    const stream = trace.startLlmStream();
    const anything = (value: unknown) => stream.addToken(value as string);
    for (const value of ['', null, undefined]) anything(value);
    for (const value of [42, { toString: () => 'made' }, Object.create(null), Symbol('s')]) {
      anything(value);
    }
    stream.addToken('x', { kind: 'thought' as 'other' });
    stream.end();
    assert.deepEqual(outbox.texts(), ['42', 'made', 'Symbol(s)', 'x']);
    assert.equal(outbox.tokens().at(-1)?.kind, 'other');
    assert.equal((await warningsLike(/text of a token must be a text/)).length, 1);
    assert.equal((await warningsLike(/no kind but/)).length, 1);
  });

  it('ignores what comes after its end', () => {
    const { trace, outbox } = recorded();
    const stream = trace.startLlmStream();
    stream.end();
    stream.addToken('late');
    stream.error(new Error('late'));
    stream.end({ status: 'failed' });
    outbox.finish();
    assert.deepEqual(outbox.texts(), []);
    assert.equal(outbox.only('llm_call_end').status, 'completed');
  });

  for (const [status, code] of [
    ['aborted', 'CLIENT_ABORT'],
    ['truncated', 'TRUNCATED'],
    ['interrupted', 'INTERRUPTED'],
    ['failed', 'RATE_LIMIT'],
    ['failed', 'SOMETHING'],
  ] as const) {
    it(`with the error ${code} is ${status}`, () => {
      const { trace, outbox } = recorded();
      const stream = trace.startLlmStream();
      stream.error('why', code);
      stream.end();
      const end = outbox.only('llm_call_end');
      assert.deepEqual([end.status, end.error], [status, { code, message: 'why' }]);
    });
  }

  it('sends the answer it is given, unless answers are not stored', () => {
    for (const [storeResponses, wanted] of [
      [true, { any: 'form' }],
      [false, undefined],
    ] as const) {
      const { trace, outbox } = recorded({ storeResponses });
      trace.startLlmStream().end({ response: { any: 'form' } });
      assert.deepEqual(outbox.only('llm_call_end').response, wanted);
    }
  });

  it('that is over keeps nothing of what came, however long it is held', () => {
    const { trace } = recorded({ storeTokens: false, storeResponses: false });
    const over = (): LlmStream => {
      const stream = trace.startLlmStream();
      for (let index = 0; index < 20_000; index++) stream.addToken('token');
      stream.end();
      return stream;
    };
    const held = [over()];
    const before = usedMegabytes();
    while (held.length < 50) held.push(over());
    const grown = usedMegabytes() - before;
    assert.ok(grown < 2, `${grown} MB`);
    assert.equal(held.length, 50);
  });
});

describe('trace.addLlmToken', () => {
  it('adds to the stream that was started last and is open', () => {
    const { trace, outbox } = recorded();
    const outer = trace.startLlmStream({ name: 'outer' });
    const inner = trace.startLlmStream({ name: 'inner' });
    trace.addLlmToken('1');
    inner.end();
    trace.addLlmToken('2');
    outer.end();
    assert.deepEqual(outbox.texts(inner.id), ['1']);
    assert.deepEqual(outbox.texts(outer.id), ['2']);
  });

  it('keeps two apart that are read at once in one run', async () => {
    const { trace, outbox } = recorded();
    const read = async (name: string) => {
      const stream = trace.startLlmStream({ name });
      for (let turn = 0; turn < 5; turn++) {
        await pause(1);
        trace.addLlmToken(name);
      }
      stream.end();
    };
    await trace.run('run', () => Promise.all([read('a'), read('b')]));
    assert.equal(outbox.texts(outbox.named('a').id).join(''), 'aaaaa');
    assert.equal(outbox.texts(outbox.named('b').id).join(''), 'bbbbb');
  });

  it('does not see a stream that was started in another stage', async () => {
    const { trace, outbox } = recorded();
    await trace.run('run', async () => {
      const stream = trace.stage('started here', () => trace.startLlmStream());
      await pause(1);
      trace.addLlmToken('not here');
      stream.end();
    });
    assert.deepEqual(outbox.texts(), []);
    assert.equal((await warningsLike(/addLlmToken .*no stream is open/)).length, 1);
  });
});
