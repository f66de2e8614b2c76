/** Secrets in texts: the same are found however a text is cut, and by whatever pattern a user wrote. */
import assert from 'node:assert/strict';
import { SecretFinder } from '../../../src/redaction/secretFinder.js';
import { type Redaction, createRedaction } from '../../../src/redaction/redaction.js';
import { validateRedaction } from '../../../src/redaction/validateRedaction.js';
import { secrets } from '../../unit/redaction/secrets.js';
import { textPiecesOf } from '../cuts.js';
import { type FuzzTarget, bytesOf, textOf } from '../target.js';

const redaction = createRedaction({ useDefaults: true, keys: ['pin'], patterns: [] });

/** Tokens of a stream as they are stored, without the marks of further tokens. */
function stored(by: Redaction, pieces: readonly string[]): string {
  const texts: string[] = [];
  const stream = by.stream((index, text) => {
    assert.ok(text.startsWith(texts[index] ?? '?'), 'what was stored only grows');
    texts[index] = text;
  });
  for (const [index, piece] of pieces.entries()) {
    texts.push('');
    texts[index] = stream.add(index, piece);
  }
  stream.end();
  for (const [index, piece] of pieces.entries()) {
    assert.equal(texts[index] === '', piece === '', 'a token without its text');
  }
  return texts.join('').replaceAll('•', '');
}

/** The mark of a token is no character of the text. */
const plainText = (input: Uint8Array): string => textOf(input).replaceAll('•', '*');

const secretWords = [
  ...['sk-', 'sk-ant-', 'AIza', 'ghp_', 'AKIA', 'xoxb-', 'Bearer ', 'eyJ', '-----BEGIN ', '"'],
  ...['PRIVATE KEY-----', '-----END ', 'password', '":"', '=', '://', '@', ':', '\\"', '4111 '],
  ...['1111', 'x-api-key: ', 'token=', '&', '?', ' ', '\n', '.', 'Zq7RkT2mWvB9xLpC4dNf', '"pin":0'],
];

export const redactionOfText: FuzzTarget = {
  name: 'redaction',
  seeds: () => Object.values(secrets).map(({ text }) => bytesOf(`so: ${text}" and {"a":1}\n`)),
  words: secretWords,
  longestInput: 4_096,
  check: (input) => {
    const text = plainText(input);
    const whole = redaction.text(text);
    assert.equal(stored(redaction, textPiecesOf(text)), whole, 'the cuts make a difference');
    assert.equal(redaction.text(text, true).length <= text.length + 10 * text.length, true);
    const asJson = redaction.jsonText(text);
    if (isJson(text)) assert.ok(isJson(asJson), 'JSON is none any more');
    redaction.query(text);
    redaction.value({ [text]: text });
    return [
      `${Math.min(9, whole.split('[redacted]').length - 1)} secrets`,
      whole.replace(/[a-z0-9]+/gi, 'a').slice(0, 40),
    ];
  },
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** First line: a pattern; behind it: a text. */
export const patterns: FuzzTarget = {
  name: 'patterns',
  seeds: () =>
    [
      'EMP-\\d{6}(?!\\d)\nid EMP-123456. EMP-1234567',
      '<<[^>]*>>\na <<bb>> c << <<>>',
      '(?<=key )[a-f]{2,8}\\b\nkey abc, key abcdefabcd',
      'a(?:bc|b+|)d?e\\.\nabbce. abcbe. abd',
      '\\p{Lu}{3}§\\d+\nÄÖÜ§12 ÄÖ§1',
      '^x[yz]{2}$|(w{2}){2}\nxyz wwww',
      '[^\\s]{3}(?=;)\nabc; de;fgh',
    ].map(bytesOf),
  words: [
    ...['(?:', ')', '[', ']', '|', '*', '+', '?', '{2}', '{1,3}', '\\d', '\\b', '\\B', '^', '$'],
    ...['(?=a)', '(?!a)', '(?<=a)', '(?<!a)', '.', '\\w', 'abc', 'aab', '(a|b)', '[^a]', '\\p{L}'],
    ...['(?i:', '(?<n>', '\\k<n>', '\\1', '\\n', '\n', '??', '*?', '\\u{61}', '[a-c]', '\\s'],
  ],
  longestInput: 200,
  // What takes too long for some text is found out by trying.
  slowestMs: 8_000,
  check: (input) => {
    const [pattern = '', ...rest] = plainText(input).split('\n');
    const text = rest.join('\n');
    const [problem] = validateRedaction({ useDefaults: false, keys: [], patterns: [pattern] });
    if (problem !== undefined) return [problem.replace(/^.*" /, '').slice(0, 60)];
    const finder = new SecretFinder([{ pattern }]);
    const expected = finder.spans(text, 0);
    for (let length = 0; length < text.length; length++) {
      const begun = finder.begunAt(text.slice(0, length), 0);
      for (const { start, end } of expected) {
        if (start < length && length < end)
          assert.ok(begun <= start, `not seen to begin: ${length}`);
      }
    }
    const own = createRedaction({ useDefaults: false, keys: [], patterns: [pattern] });
    assert.equal(stored(own, textPiecesOf(text)), own.text(text), 'the cuts make a difference');
    return [`${expected.length} secrets`, pattern.replace(/[a-z0-9]+/gi, 'a').slice(0, 12)];
  },
};
