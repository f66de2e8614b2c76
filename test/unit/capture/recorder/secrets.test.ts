import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TokenKind } from '../../../../src/model/tokens.js';
import { type Secret, behind, giveaways, secrets } from '../../redaction/secrets.js';
import { type Exchange, RecordedEvents, chunk, done, event, json, question } from './recorded.js';

const stopped = { how: 'upstream-reset', message: 'reset' } as const;
const streamed = (exchange: Exchange): Exchange => exchange.sent().asked(question).head();

/** Ways of a secret into a trace, beside the tokens. `text` is the secret with what must be around it. */
const ways: Readonly<Record<string, (recorded: RecordedEvents, text: string) => void>> = {
  'a header of the request': (recorded, text) =>
    void recorded.begin({ headers: { authorization: text, 'user-agent': text, cookie: text } }),
  'a header of the response': (recorded, text) =>
    void recorded
      .begin()
      .sent()
      .head(200, { ...json, 'set-cookie': text, server: text }),
  'the query': (recorded, text) =>
    void recorded.begin({ query: `?alt=sse&key=${encodeURIComponent(text)}` }),
  'the path': (recorded, text) => void recorded.begin({ path: `/x ${text} y`, url: `x ${text} y` }),
  'the name of a run': (recorded, text) => void recorded.begin({ runName: `my ${text} run` }),
  'the body of the request': (recorded, text) =>
    void recorded.begin().asked({ messages: [{ content: `it is ${text} there` }], [text]: 1 }),
  'a body that is no JSON': (recorded, text) => void recorded.begin().asked(`x ${text} y`),
  'a form': (recorded, text) =>
    void recorded
      .begin({ headers: { 'content-type': 'application/x-www-form-urlencoded' } })
      .asked(`a=${encodeURIComponent(text)}&${encodeURIComponent(text)}=1`),
  'texts that are cut within it': (recorded, text) => {
    const cutAt = (length: number): string => `${'x '.repeat(length / 2 - 6)}${text}`;
    const headers = { 'user-agent': cutAt(1_000) };
    const exchange = recorded
      .begin({ headers })
      .sent()
      .asked({ model: cutAt(500) });
    exchange.head(500, { ...json, server: cutAt(1_000) });
    exchange.reads(`{"error":${JSON.stringify(cutAt(2_000))}}`).ended();
  },
  'the name of the model': (recorded, text) => void recorded.begin().asked({ model: `m ${text}` }),
  'an answer in one piece': (recorded, text) =>
    void recorded
      .begin()
      .sent()
      .head(200, json)
      .reads(JSON.stringify({ content: text }))
      .ended(),
  'an error of the provider': (recorded, text) =>
    void recorded
      .begin()
      .sent()
      .head(401, json)
      .reads(JSON.stringify({ error: { message: `wrong ${text} key` } }))
      .ended(),
  'an error event': (recorded, text) =>
    void streamed(recorded.begin())
      .reads(chunk('a'), event({ error: { message: `wrong ${text} key` } }))
      .ended(),
  'the model that answers, and its reason to finish': (recorded, text) =>
    void streamed(recorded.begin({ path: '/chat/completions' }))
      .reads(event({ model: text, choices: [{ delta: {}, finish_reason: text }] }), done)
      .ended(),
  'the id of a tool call': (recorded, text) => {
    const call = { index: 0, id: text, function: { name: 'f', arguments: '' } };
    streamed(recorded.begin())
      .reads(event({ choices: [{ delta: { tool_calls: [call] } }] }))
      .ended();
  },
  'why the connection broke': (recorded, text) =>
    void recorded.begin().ended({ how: 'unreachable', message: `no ${text} host` }),
  'a response that is no stream after all': (recorded, text) =>
    void streamed(recorded.begin()).reads(`data: {"x": "a ${text} b"}\n\n`).ended(stopped),
};

/** Nothing of it may ever be in what is written. */
function watch(recorded: RecordedEvents, secret: Secret): void {
  // As JSON writes it, too.
  const parts = [...giveaways(secret), ...giveaways({ ...secret, hidden: escaped(secret.hidden) })];
  recorded.onAppend = (events) => {
    const written = JSON.stringify(events) + recorded.of('call-started').map(joinedText).join();
    const found = parts.find((part) => written.includes(part));
    if (found !== undefined) recorded.problems.push(`${found} is in ${written.slice(0, 2_000)}`);
  };
  const joinedText = ({ callId }: { callId: string }): string =>
    [TokenKind.text, TokenKind.toolArguments].map((kind) => recorded.text(kind, callId)).join('\n');
}

const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);

describe('secrets of recorded calls', () => {
  for (const [way, tell] of Object.entries(ways)) {
    it(`are not stored from ${way}`, async () => {
      for (const [name, secret] of Object.entries(secrets)) {
        const recorded = new RecordedEvents();
        watch(recorded, secret);
        tell(recorded, `${secret.text}${behind[name] ?? ''}`);
        await recorded.settled();
        assert.ok(recorded.events.length > 1);
        assert.deepEqual(recorded.problems, []);
      }
    });
  }

  it('are not stored from fields with secret names, at any depth', async () => {
    const recorded = new RecordedEvents();
    const hidden = 'correct horse battery staple';
    watch(recorded, { text: hidden, hidden });
    const body = { a: [{ password: hidden, 'X-API-Key': { any: hidden } }], max_tokens: 5 };
    recorded.begin().sent().asked(body).head(200, json).reads(JSON.stringify(body)).ended();
    await recorded.settled();
    assert.deepEqual(recorded.problems, []);
    const stored = JSON.parse(recorded.described.request ?? '') as Record<string, unknown>;
    assert.equal(stored['max_tokens'], 5);
    assert.ok(recorded.ended.response?.includes('[redacted]'));
  });

  for (const [name, secret] of Object.entries(secrets)) {
    it(`are not stored from tokens, however they are cut, and however the call ends (${name})`, async () => {
      const text = `so: ${secret.text}${behind[name] ?? ''} and on`;
      const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 });
      const property = fc.asyncProperty(
        ...([lengths, fc.nat(text.length), fc.boolean()] as const),
        async (cuts, end, isAborted) => {
          const recorded = new RecordedEvents();
          watch(recorded, secret);
          const tokens = pieces(isAborted ? text.slice(0, end) : text, cuts);
          const exchange = streamed(recorded.begin());
          for (const [position, token] of tokens.entries()) {
            exchange.reads(chunk(token));
            if (position % 3 === 0) await recorded.settled();
          }
          if (isAborted) exchange.ended({ how: 'client-abort' });
          else exchange.reads(done).ended();
          await recorded.recorder.close();
          assert.deepEqual(recorded.problems, []);
          const stored = recorded.tokens();
          assert.equal(stored.length, tokens.length, 'as many tokens as came');
          const times = stored.map(([offsetUs]) => offsetUs);
          assert.deepEqual(
            times,
            tokens.map((_, position) => 2_000 + position * 1_000),
          );
          if (!isAborted) assert.ok(recorded.text().endsWith(' and on'));
        },
      );
      await fc.assert(property, { numRuns: 12 });
    });
  }

  it('are found in tool arguments, and a token is completed as soon as it is harmless', async () => {
    const recorded = new RecordedEvents();
    const piece = (text: string): string =>
      event({
        choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: text } }] } }],
      });
    const exchange = streamed(recorded.begin()).reads(piece('{"password": "'), piece('hunter'));
    await recorded.settled();
    assert.equal(recorded.text(TokenKind.toolArguments), '{"password": "');
    exchange.reads(piece('2"'), piece(', "text": "sk-'), piece('etch"}'));
    await recorded.settled();
    const expected = '{"password": "[redacted]", "text": "sk-etch"}';
    assert.equal(recorded.text(TokenKind.toolArguments), expected);
    assert.deepEqual(
      recorded.tokens().map(([, , text]) => text),
      ['{"password": "', '[redacted]', '"', ', "text": "sk-', 'etch"}'],
    );
    assert.ok(recorded.of('token-text').length > 0);
    exchange.reads(done).ended();
    await recorded.settled();
    assert.equal(recorded.text(TokenKind.toolArguments), expected);
  });

  it('are told apart by channel: a number in the reasoning does not go on in the text', async () => {
    const recorded = new RecordedEvents();
    const thought = event({ choices: [{ delta: { reasoning_content: '4111 1111 ' } }] });
    streamed(recorded.begin()).reads(thought, chunk('1111 1111'), done).ended();
    await recorded.settled();
    assert.equal(recorded.text(TokenKind.reasoning), '4111 1111 ');
    assert.equal(recorded.text(), '1111 1111');
  });
});

function pieces(text: string, lengths: readonly number[]): string[] {
  const result: string[] = [];
  let start = 0;
  for (let turn = 0; start < text.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    result.push(text.slice(start, start + length));
    start += length;
  }
  return result;
}
