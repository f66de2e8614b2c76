/** JSON that nobody promises to be any, and Python's. */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { parsePythonJson } from '../../../src/formats/agentInspector/json.js';
import { type DecodedEvent, decodeEvent } from '../../../src/formats/agentInspector/eventData.js';
import { parseFernetKey } from '../../../src/formats/agentInspector/fernet.js';
import { parseJson } from '../../../src/model/parseJson.js';
import { fixtureKey } from '../../unit/formats/opening.js';
import { fernetToken } from '../fernetToken.js';
import { type FuzzTarget, bytesOf, textOf } from '../target.js';

function attempt(work: () => unknown): { readonly value: unknown } | null {
  try {
    return { value: work() };
  } catch {
    return null;
  }
}

const seeds = (): Uint8Array[] =>
  [
    '{"a":[1,{"b":"\\"}"}],"c":NaN,"d":[-Infinity,"NaN","\\\\"],"e":Infinity}',
    '{"type":"llm_call","model":"m","response":"é😀","tokens":12,"x":null,"y":-1.5e3}',
    `{"deep":${'['.repeat(490)}${']'.repeat(490)}}`,
    `${'{"a":'.repeat(502)}1${'}'.repeat(502)}`,
  ].map(bytesOf);

const words = [
  ...[
    'NaN',
    'Infinity',
    '-Infinity',
    '"NaN"',
    '[',
    ']',
    '{',
    '}',
    '{"a":',
    '\\"',
    '\\\\',
    '"',
    ',',
  ],
  ...['\uFEFF', '\0', '[[[[[[[[', ']]]]]]]]', '1e999', '"__proto__":1', 'xNaNx', 'NaN:', '\\u0'],
];

export const json: FuzzTarget = {
  name: 'json',
  seeds,
  words,
  check: (input) => {
    const text = textOf(input);
    const reference = attempt(() => JSON.parse(text) as unknown);
    const found = parseJson(text);
    const depth = deepest(text);
    if (reference && depth <= 500) assert.deepEqual(found, reference.value);
    if (!reference || depth > 500) assert.equal(found, undefined);
    const python = attempt(() => parsePythonJson(text));
    if (reference) assert.deepEqual(python, reference);
    return [
      reference ? typeof reference.value : 'no JSON',
      python ? 'Python' : 'not Python',
      depth > 500 ? 'deep' : `depth ${depth >> 3}`,
    ];
  },
};

/** Of valid JSON: its brackets outside of strings. */
function deepest(text: string): number {
  let depth = 0;
  let most = 0;
  for (const [mark] of text.replace(/"(?:[^"\\]|\\.)*"/gs, '').matchAll(/[[\]{}]/g)) {
    depth += mark === '[' || mark === '{' ? 1 : -1;
    most = Math.max(most, depth);
  }
  return most;
}

const key = parseFernetKey(fixtureKey);
const keys = key ? [key] : [];

const toldOf = (event: DecodedEvent): string => (event.ok ? 'an event' : event.problem);

export const eventData: FuzzTarget = {
  name: 'event-data',
  seeds: () => [
    ...seeds(),
    gzipSync('{"type":"llm_call"}'),
    ...(key ? [fernetToken(bytesOf('{"a":1}'), key), fernetToken(gzipSync('{"b":2}'), key)] : []),
  ],
  words: [...words, 'gAAAA', '\x1f\x8b\x08', '==', '-_'],
  check: (input) => {
    const event = decodeEvent(input, keys);
    if (!event.ok) assert.match(event.problem, /^[a-z].*[^.]$/s);
    const isPlain = input[0] !== 0x1f && !textOf(input.subarray(0, 5)).startsWith('gAAAA');
    if (isPlain && key) {
      // However it is packed, it is the same event.
      assert.deepEqual(decodeEvent(gzipSync(input), keys), event);
      assert.deepEqual(decodeEvent(fernetToken(gzipSync(input), key), keys), event);
    }
    return [toldOf(event), toldOf(decodeEvent(input, []))];
  },
};
