import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defaultKeys, defaultRules } from '../../../src/redaction/defaults.js';
import { isSlow } from '../../../src/redaction/patternCost.js';
import { formsOf } from '../../../src/redaction/patternForms.js';
import { createRedaction } from '../../../src/redaction/redaction.js';
import { SecretKeys } from '../../../src/redaction/secretKeys.js';
import { validateRedaction } from '../../../src/redaction/validateRedaction.js';
import { TraceError } from '../../../src/protocol/errors.js';
import { behind, secrets } from './secrets.js';

const settings = { useDefaults: true, keys: [] as string[], patterns: [] as string[] };
const redaction = createRedaction(settings);

const letters64 = 'Zq7RkT2mWvB9xLpC4dNfJ8hGsY3uEaQ1'.repeat(2);

describe('redaction of a text', () => {
  for (const [name, secret] of Object.entries(secrets)) {
    it(`finds a secret in the middle (${name})`, () => {
      const text = redaction.text(`before ${secret.text}${behind[name] ?? ''} after`);
      assert.match(text, /^before .*\[redacted\].* after$/s);
      assert.equal(text.includes(secret.hidden), false);
    });
  }

  const harmless: readonly string[] = [
    ...[
      'sk-learn-compatible-estimator',
      'a task-oriented-dialogue-system',
      'ask-me-anything-about-it',
    ],
    ...['in 2024, 4000000 of 1732092303123', '4111 1111 1111 1112', 'id 4111111111111111a'],
    ...['1.4111111111111111', '550e8400-e29b-41d4-a716-446655440000', 'π = 3.14159265358979323846'],
    ...['bearer of good tidings', 'Authorization: required', 'a password: choose a long one'],
    ...['"max_tokens": 100, "token": "Hello"', '"password": ""', 'http://localhost:8080/path'],
    ...['eyJust a word', 'AIzaShort', '-----BEGIN PRIVATE KEY----- begins a key', 'obj.eyJ.x.y'],
    ...['-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----'],
    ...['"secretary": "Ms Miller"', 'git@github.com:a/b', 'see https://a.b/c:d@e'],
  ];
  for (const text of harmless) {
    it(`leaves alone: ${text.slice(0, 50)}`, () => assert.equal(redaction.text(text), text));
  }

  it('finds all of several', () => {
    const { openai, github, card } = secrets;
    assert.equal(
      redaction.text(`${openai?.text}, ${github?.text} and ${card?.text}.`),
      'sk-[redacted], ghp_[redacted] and [redacted].',
    );
  });

  it('takes a beginning at the end of a text that was cut for a secret', () => {
    assert.equal(redaction.text('key sk-proj-Ab'), 'key sk-proj-Ab');
    assert.equal(redaction.text('key sk-proj-Ab', true), 'key sk-[redacted]');
    assert.equal(redaction.text('see you', true), 'see you');
  });

  it('goes through long texts, also with a pattern that tries again at each letter', () => {
    const own = createRedaction({ ...settings, patterns: ['\\w+@\\w+\\.com'] });
    const words = 'word '.repeat(40_000);
    assert.equal(
      own.text(`${words}me@home.com ${secrets['openai']?.text} `),
      `${words}[redacted] sk-[redacted] `,
    );
    // Two million attempts of a million steps each would take an hour.
    const stored = own.text(`${'w'.repeat(2_000_000)} end`);
    assert.match(stored, /^\[redacted\]w{0,4096} end$/, 'what may be a secret for too long is one');
  }).timeout(60_000);

  it('goes through long texts of nothing but beginnings', () => {
    // 300 000 attempts that each look through the rest would take ten minutes.
    for (const beginning of ['sk-', 'hf_', 'Bearer ']) {
      const text = beginning.repeat(300_000);
      assert.equal(redaction.text(text), text);
      assert.equal(redaction.text(`${text} end`, true), `${text} end`);
    }
  }).timeout(60_000);

  it('replaces secrets of any length', () => {
    const long = 'Ab1'.repeat(3_000_000);
    const lines = `\n${letters64}`.repeat(30_000);
    const key = (text: string): string =>
      `-----BEGIN PRIVATE KEY-----${text}-----END PRIVATE KEY-----`;
    const cases = [
      [`sk-${long} end`, 'sk-[redacted] end'],
      [`"password": "${long}" end`, '"password": "[redacted]" end'],
      [`${key(`${lines}\n`)} end`, '-----BEGIN PRIVATE KEY-----[redacted] end'],
      [
        `${key(`${lines.replaceAll('\n', '\\n')}\\n`)} end`,
        '-----BEGIN PRIVATE KEY-----[redacted] end',
      ],
    ] as const;
    for (const [text, expected] of cases) {
      assert.equal(redaction.text(text), expected);
      assert.equal(redaction.text(text, true), expected);
    }
  }).timeout(60_000);

  it('never throws, and leaves what it made alone', () => {
    const property = fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const once = redaction.text(text);
      assert.equal(redaction.text(once), once);
    });
    fc.assert(property);
  }).timeout(20_000);
});

describe('redaction of JSON', () => {
  it('gives back what holds no secret byte for byte', () => {
    const body = '{ "a": 1.0,\n "big": 12345678901234567890, "n": [null, true, "x"] }';
    assert.equal(redaction.jsonText(body), body);
    assert.equal(redaction.jsonText('no JSON'), 'no JSON');
  });

  it('hides the values of secret fields at any depth, whatever they are', () => {
    const body = {
      ...{ api_key: 'a', 'X-API-Key': 'b', OPENAI_API_KEY: 'c', clientSecret: 'd' },
      deep: [{ Password: 1234 }, { cookie: ['a', 'b'] }, { private_key: { n: 'x', e: 'y' } }],
      ...{ password: '', secret: null, access_token: true },
    };
    assert.deepEqual(JSON.parse(redaction.jsonText(JSON.stringify(body))), {
      ...{ api_key: '[redacted]', 'X-API-Key': '[redacted]', OPENAI_API_KEY: '[redacted]' },
      clientSecret: '[redacted]',
      deep: [
        { Password: '[redacted]' },
        { cookie: ['[redacted]', '[redacted]'] },
        { private_key: '[redacted]' },
      ],
      ...{ password: '', secret: null, access_token: true },
    });
  });

  it('leaves the fields of the formats alone', () => {
    const body = JSON.stringify({
      ...{ max_tokens: 5, max_completion_tokens: 6, prompt_tokens: 7, token: ' the' },
      ...{ logprobs: { tokens: ['a'], token_logprobs: [-1] }, prompt_cache_key: 'p' },
      ...{ key: 'a', author: 'b', session_id: 'c', stop_token: 'd', top_k: 5 },
    });
    assert.equal(redaction.jsonText(body), body);
  });

  it('leaves the schema of a parameter alone that is called like a secret', () => {
    const properties = {
      password: { type: 'string', description: 'Yours' },
      secret: { $ref: '#' },
    };
    const body = JSON.stringify({ tools: [{ parameters: { type: 'object', properties } }] });
    assert.equal(redaction.jsonText(body), body);
  });

  it('finds secrets in texts, in names, and in JSON inside a text', () => {
    const { openai } = secrets;
    const inner = JSON.stringify({ password: 'hunter2' });
    const stored = redaction.jsonText(
      JSON.stringify({ text: `it is ${openai?.text}`, [openai?.text ?? '']: 1, arguments: inner }),
    );
    assert.deepEqual(JSON.parse(stored), {
      ...{ text: 'it is sk-[redacted]', 'sk-[redacted]': 1 },
      arguments: '{"password":"[redacted]"}',
    });
  });

  it('finds card numbers that are numbers', () => {
    assert.deepEqual(redaction.value({ card: 4111111111111111, id: 1732092303123 }), {
      ...{ card: '[redacted]', id: 1732092303123 },
    });
  });

  it('gives back the very same value where nothing was found', () => {
    const value = { a: [{ b: 'c' }], n: 1 };
    assert.equal(redaction.value(value), value);
  });

  it('goes through lines of JSON and what is nested too deeply as through a text', () => {
    const deep = `${'['.repeat(200_000)}"${secrets['github']?.text}"`;
    assert.match(redaction.jsonText(deep), /"ghp_\[redacted\]"$/);
    assert.equal(
      redaction.jsonText('{"password": "a"}\n{"password": "b"}'),
      '{"password": "[redacted]"}\n{"password": "[redacted]"}',
    );
  });

  it('hides fields that the user names, and only those', () => {
    const own = createRedaction({ ...settings, useDefaults: false, keys: ['Name', 'user-id'] });
    assert.deepEqual(own.value({ name: 'a', tool_name: 'b', userId: 'c', password: 'd' }), {
      ...{ name: '[redacted]', tool_name: 'b', userId: '[redacted]', password: 'd' },
    });
    assert.equal(
      own.text('{"name": "a", "tool_name": "b"}'),
      '{"name": "[redacted]", "tool_name": "b"}',
    );
  });

  it('is not fooled by names that objects have by nature', () => {
    const body = '{"__proto__":{"password":"a"},"constructor":"b"}';
    assert.equal(
      redaction.jsonText(body),
      '{"__proto__":{"password":"[redacted]"},"constructor":"b"}',
    );
  });
});

describe('redaction of an environment', () => {
  it('hides what is set, and not what it is set from', () => {
    const token = 'OGD6zgrTIp7sw2hYs-oVtNx2vbnJi48lxcDKMrygCG8';
    assert.equal(
      redaction.text(
        `PATH=/bin\nLLM_STREAM_TOKEN=${token}\nDB_PASSWORD=hunter2;A=b MAX_TOKENS=4096`,
      ),
      'PATH=/bin\nLLM_STREAM_TOKEN=[redacted]\nDB_PASSWORD=[redacted];A=b MAX_TOKENS=4096',
    );
    assert.equal(
      redaction.text(`{'LLM_STREAM_TOKEN': '${token}'}`),
      `{'LLM_STREAM_TOKEN': '[redacted]'}`,
    );
    for (const text of ['API_KEY=$KEY', 'API_KEY=', 'f(token=token, api_key=key)']) {
      assert.equal(redaction.text(text), text);
    }
  });
});

describe('redaction of a query', () => {
  const cases: readonly (readonly [query: string, stored: string])[] = [
    ['', ''],
    ['?', '?'],
    ['?alt=sse&beta', '?alt=sse&beta'],
    ['?alt=sse&key=AIzaShort', '?alt=sse&key=[redacted]'],
    ['?KEY=a&key=', '?KEY=[redacted]&key='],
    [
      '?api%5Fkey=a&access_token=b&x-amz-signature=c',
      '?api%5Fkey=[redacted]&access_token=[redacted]&x-amz-signature=[redacted]',
    ],
    [`?q=${secrets['openai']?.text}`, '?q=[redacted]'],
    [`?${secrets['openai']?.text}`, '?[redacted]'],
    ['?a=%zz&b=%', '?a=%zz&b=%'],
    ['?%zz=1&to%6ben=%zzhunter2', '?%zz=1&to%6ben=[redacted]'],
    [`?a=${secrets['openai']?.text.replace('-', '%2D')}%zz`, '?a=[redacted]'],
    ['?a=1;token=b;c=d', '?a=1;token=[redacted];c=d'],
    ['?subscription-key=a&sort_keys=b', '?subscription-key=[redacted]&sort_keys=b'],
  ];
  for (const [query, stored] of cases) {
    it(query, () => assert.equal(redaction.query(query), stored));
  }
});

describe('validateRedaction', () => {
  const problems = (pattern: string): string[] =>
    validateRedaction({ ...settings, patterns: [pattern] });

  it('accepts good patterns', () => {
    const patterns = [
      ...['EMP-\\d{6}', '\\w+@\\w+\\.com', '(?<id>a|b)+c', '\\p{Lu}+x', '(?<=user )\\w+', 'a(?!b)'],
      ...[
        '[\\w.+-]+@[\\w-]+\\.[\\w.-]+',
        '\\b\\d{3}-\\d{2}-\\d{4}\\b',
        '^secret$',
        '(?:a|b|c){2,40}',
      ],
    ];
    for (const pattern of patterns) assert.deepEqual(problems(pattern), [], pattern);
  });

  it('refuses others with a sentence that names the pattern', () => {
    const refused: readonly (readonly [pattern: string, why: RegExp])[] = [
      ['(', /^The redaction pattern "\(" is no regular expression of JavaScript \(.+\)\.$/],
      ['a*', /"a\*" matches the empty text/],
      ['', /is empty/],
      ['(["\']).*\\1', /holds a back reference/],
      ['x'.repeat(3_000), /has 3000 characters/],
    ];
    for (const [pattern, why] of refused) assert.match(problems(pattern).join(), why);
  });

  it('refuses patterns that would take forever', () => {
    const slow = ['(a+)+b', 'K-(?:a|b|ab)*c', '(?<=k)x*x*x*y'];
    for (const pattern of slow) assert.match(problems(pattern).join(), /takes too long/, pattern);
  }).timeout(60_000);

  it('would accept what is built in', () => {
    const rules = [...defaultRules, ...new SecretKeys(defaultKeys, ['own']).rules()];
    for (const rule of rules) {
      const source = `${rule.before === undefined ? '' : `(?<=${rule.before})`}${rule.pattern}`;
      assert.equal(isSlow(source, formsOf(rule)), false, source);
    }
  }).timeout(20_000);

  it('refuses empty names of fields', () => {
    assert.match(validateRedaction({ ...settings, keys: [' '] }).join(), /is empty: name a field/);
  });

  it('keeps a redaction from being made of bad settings', () => {
    assert.throws(
      () => createRedaction({ ...settings, patterns: ['('] }),
      (thrown) => thrown instanceof TraceError && thrown.code === 'invalid',
    );
  });
});
