import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Redaction, createRedaction } from '../../../src/redaction/redaction.js';
import { behind, giveaways, secrets } from './secrets.js';

const redaction = createRedaction({ useDefaults: true, keys: [], patterns: [] });

/** What is stored of a stream, as it grows. */
class Stored {
  readonly texts: string[] = [];
  private readonly stream;

  constructor(
    by: Redaction,
    private readonly check: (joined: string) => void = () => undefined,
  ) {
    this.stream = by.stream((index, text) => {
      assert.ok(text.startsWith(this.texts[index] ?? '?'), 'what was stored only grows');
      this.texts[index] = text;
    });
  }

  add(text: string): void {
    const index = this.texts.length;
    this.texts.push('');
    this.texts[index] = this.stream.add(index, text);
    this.check(this.joined);
  }

  end(isCut = false): this {
    this.stream.end(isCut);
    this.check(this.joined);
    return this;
  }

  get joined(): string {
    return this.texts.join('');
  }

  /** As a text that came as a whole is stored. */
  get unmarked(): string {
    return this.joined.replaceAll('•', '');
  }
}

function stored(tokens: readonly string[], by = redaction, isCut = false): Stored {
  const result = new Stored(by);
  for (const token of tokens) result.add(token);
  return result.end(isCut);
}

/** A text in pieces of random lengths, one character each among them. */
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

const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 20 });
const words = fc
  .array(fc.constantFrom('the ', 'fox, ', 'in 2024 ', 'a-b ', '"x": 1, ', '\n', 'key ', 'é🦊 '))
  .map((parts) => parts.join(''));

describe('redaction of a stream', () => {
  for (const [name, secret] of Object.entries(secrets)) {
    it(`never stores a part of a secret, however it is cut into tokens (${name})`, () => {
      const parts = giveaways(secret);
      const property = fc.property(words, words, lengths, (before, after, cuts) => {
        const text = `${before} ${secret.text}${behind[name] ?? ''} ${after}`;
        const stream = new Stored(redaction, (joined) => {
          const found = parts.find((part) => joined.includes(part));
          assert.equal(found, undefined, joined);
        });
        for (const piece of pieces(text, cuts)) stream.add(piece);
        stream.end();
        assert.equal(stream.unmarked, redaction.text(text));
        assert.ok(
          stream.texts.every((stored) => stored !== ''),
          'each still counts',
        );
        assert.ok(stream.joined.includes('[redacted]'));
        assert.ok(stream.joined.startsWith(before));
        assert.ok(stream.joined.endsWith(` ${after}`));
        assert.equal(stream.texts.length, pieces(text, cuts).length);
      });
      fc.assert(property, { numRuns: 60 });
    });

    it(`takes the beginning of a secret for one when the call was cut off (${name})`, () => {
      const parts = giveaways(secret);
      for (let length = 1; length < secret.text.length; length++) {
        const { joined } = stored(
          Array.from(`so: ${secret.text.slice(0, length)}`),
          redaction,
          true,
        );
        assert.equal(
          parts.find((part) => joined.includes(part)),
          undefined,
          `${length}: ${joined}`,
        );
      }
    });
  }

  it('says the same as for the whole text, whatever comes', () => {
    const fragment = fc.constantFrom(
      ...[
        'sk-',
        'sk-proj-Ab1',
        'Zq7RkT2mWvB9xLpC4dNf',
        'Bearer ',
        'eyJhbGciOiJI',
        '.',
        '-----BEGIN ',
      ],
      ...[
        'PRIVATE KEY-----',
        '\n',
        ' ',
        '4',
        '1111 ',
        '"password"',
        ': ',
        '"',
        "'",
        '\\"',
        '@',
        '://',
      ],
      ...['http', ':', 'me', '?api_key=', '&', '=', 'authorization: ', 'Basic ', 'AIza', '5', '-'],
    );
    const texts = fc.array(fc.oneof(fragment, words), { maxLength: 40 }).map((all) => all.join(''));
    const property = fc.property(texts, lengths, (text, cuts) => {
      assert.equal(stored(pieces(text, cuts)).unmarked, redaction.text(text));
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it('leaves every token as it came where there is no secret', () => {
    const property = fc.property(fc.array(words), (tokens) => {
      assert.deepEqual(stored(tokens).texts, tokens);
    });
    fc.assert(property);
  });

  it('marks each token of a secret, the first one in words', () => {
    const tokens = ['It is ', 'sk-', 'proj-Ab1', 'Zq7RkT2mWvB9xLpC4dNf', 'J8hG', ' here'];
    assert.deepEqual(stored(tokens).texts, ['It is ', 'sk-', '[redacted]', '•', '•', ' here']);
  });

  it('withholds only what may be the beginning of a secret, and not what stands before it', () => {
    const stream = new Stored(redaction);
    stream.add('A task-');
    stream.add(' for sk-');
    assert.deepEqual(stream.texts, ['A task-', ' for sk-']);
    stream.add('etch');
    assert.deepEqual(stream.texts, ['A task-', ' for sk-', '']);
    stream.add(' pads');
    assert.deepEqual(stream.texts, ['A task-', ' for sk-', 'etch', ' pads']);
  });

  it('stores what was withheld when the call ends', () => {
    const tokens = ['the prefix is ', 'sk-et'];
    assert.equal(stored(tokens).joined, 'the prefix is sk-et');
    assert.equal(stored(tokens, redaction, true).joined, 'the prefix is sk-et');
  });

  it('shows numbers, years and dates at once', () => {
    for (const token of ['in 2024', ' 17', ' 1732092303123', ' 3.4567', ' v5', 'x4111', ' 9']) {
      const stream = new Stored(redaction);
      stream.add(token);
      assert.equal(stream.joined, token);
    }
  });

  it('finds secrets by patterns of the user', () => {
    const own = createRedaction({
      useDefaults: false,
      keys: ['pin'],
      patterns: ['EMP-\\d{6}(?!\\d)', '\\p{Lu}{3}§\\d+'],
    });
    assert.equal(stored(Array.from('id EMP-123456.'), own).unmarked, 'id [redacted].');
    assert.equal(stored(Array.from('id EMP-1234567.'), own).unmarked, 'id EMP-1234567.');
    assert.equal(stored(Array.from('ÄÖÜ§12 sk-'), own).unmarked, '[redacted] sk-');
    assert.equal(stored(Array.from('{"PIN":"0000"}'), own).unmarked, '{"PIN":"[redacted]"}');
  });

  it('takes for a secret what may be one for too long, with all that goes on with it', () => {
    const own = createRedaction({ useDefaults: false, keys: [], patterns: ['<<[^>]*>>'] });
    const long = `a <<${'b'.repeat(30_000)}>> c <<d>> e << f`;
    const { unmarked } = stored(pieces(long, [7]), own);
    assert.equal(unmarked, 'a [redacted] c [redacted] e << f');
  });

  it('goes through very long tokens as through many', () => {
    const own = createRedaction({ useDefaults: true, keys: [], patterns: ['<<[^>]*>>'] });
    const openai = secrets['openai']?.text ?? '';
    const words = 'some words '.repeat(371);
    const text = `${words}${openai} ${words}<<${'b'.repeat(12_000)}>> ${words}${openai}`;
    const expected = `${words}sk-[redacted] ${words}[redacted] ${words}sk-[redacted]`;
    for (const size of [text.length, 10_000, 5_000, 4_097]) {
      assert.equal(stored(pieces(text, [size]), own).unmarked, expected);
    }
    assert.deepEqual(stored([words.repeat(5), '', ' a'], own).texts, [words.repeat(5), '', ' a']);
  });

  it('keeps what it withholds bounded', () => {
    const own = createRedaction({ useDefaults: false, keys: [], patterns: ['<<[^>]*>>'] });
    const stream = new Stored(own);
    stream.add('<<');
    for (let count = 0; count < 5_000; count++) stream.add('b');
    assert.equal(stream.unmarked, '[redacted]', 'given up before the end of the call');
  });

  it('goes through a long private key', () => {
    const line = `${'Zq7RkT2mWvB9xLpC'.repeat(4)}\n`;
    const key = `-----BEGIN PRIVATE KEY-----\n${line.repeat(200)}-----END PRIVATE KEY-----`;
    const { unmarked: joined } = stored(pieces(`key:\n${key}\nend`, [5]));
    assert.equal(joined.includes('Zq7RkT'), false);
    assert.ok(joined.startsWith('key:\n-----BEGIN PRIVATE KEY-----[redacted]'));
    assert.ok(joined.endsWith('\nend'));
  });
});
