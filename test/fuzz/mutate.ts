/** Makes inputs of others: by bytes, by lines, by JSON values, by words of the format. */
import type { Random } from './random.js';

export interface Mutable {
  readonly random: Random;
  readonly words: readonly string[];
  /** All inputs that are known; never empty. */
  readonly corpus: readonly Uint8Array[];
}

type Mutation = (input: Buffer, from: Mutable) => Buffer;

const replaced = (input: Buffer, start: number, end: number, by: Uint8Array): Buffer =>
  Buffer.concat([input.subarray(0, start), by, input.subarray(end)]);

const changed = (input: Buffer, change: (copy: Buffer) => void): Buffer => {
  const copy = Buffer.from(input);
  change(copy);
  return copy;
};

const anyRange = (input: Buffer, { random }: Mutable): [start: number, end: number] => {
  const start = random.below(input.length + 1);
  const longest = random.from([1, 4, 32, 512, input.length]);
  return [start, Math.min(input.length, start + 1 + random.below(longest))];
};

const oddBytes = [0x00, 0x01, 0x0a, 0x0d, 0x22, 0x5c, 0x7f, 0x80, 0xc2, 0xed, 0xf0, 0xff];
const oddNumbers = [0, 1, -1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0xffffffff];
const oddJson = [
  ...['null', 'true', '0', '-1', '1e400', '9007199254740993', '0.1', '""', '"x"', '[]', '{}'],
  ...['[null]', '[[]]', '{"":0}', '"\\ud800"', '"\\u0000"', '" "', '{"__proto__":1}', '"😀"'],
  ...['[{}]', '"2024-01-01"', '-0', '1e-9', '4294967295', '[1,"a",null]', '{"type":"error"}'],
];
const jsonValue = /"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|\[\]|\{\}/g;

const byteMutations: readonly Mutation[] = [
  (input, { random }) =>
    changed(input, (copy) => {
      const at = random.below(copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    }),
  (input, { random }) =>
    changed(input, (copy) => {
      copy[random.below(copy.length)] = random.chance(0.5)
        ? random.from(oddBytes)
        : random.below(256);
    }),
  (input, { random }) =>
    changed(input, (copy) => {
      if (copy.length < 4) return;
      const at = random.below(copy.length - 3);
      const value = random.from(oddNumbers) >>> 0;
      if (random.chance(0.5)) copy.writeUInt32BE(value, at);
      else copy.writeUInt32LE(value, at);
    }),
  (input, from) => replaced(input, ...anyRange(input, from), Buffer.alloc(0)),
  (input, { random }) => input.subarray(0, random.below(input.length + 1)),
  (input, from) => {
    const [start, end] = anyRange(input, from);
    const at = from.random.below(input.length + 1);
    return replaced(input, at, at, input.subarray(start, end));
  },
  (input, from) => {
    const [start, end] = anyRange(input, from);
    const times = 1 + from.random.below(from.random.from([2, 8, 200]));
    const repeated = Array<Uint8Array>(times).fill(input.subarray(start, end));
    return replaced(input, end, end, Buffer.concat(repeated));
  },
  (input, from) => {
    const other = Buffer.from(from.random.from(from.corpus));
    const [start, end] = anyRange(other, from);
    return replaced(input, ...anyRange(input, from), other.subarray(start, end));
  },
  (input, { random, corpus }) =>
    Buffer.concat([
      input.subarray(0, random.below(input.length + 1)),
      Buffer.from(random.from(corpus)).subarray(random.below(64)),
    ]),
];

const wordMutations: readonly Mutation[] = [
  (input, { random, words }) => {
    const at = random.below(input.length + 1);
    return replaced(input, at, at, Buffer.from(random.from(words)));
  },
  (input, from) =>
    replaced(input, ...anyRange(input, from), Buffer.from(from.random.from(from.words))),
];

const jsonMutation: Mutation = (input, { random }) => {
  const values = [...input.toString('latin1').matchAll(jsonValue)];
  if (values.length === 0) return input;
  const value = random.from(values);
  const other = random.chance(0.6) ? Buffer.from(random.from(oddJson)) : undefined;
  const text = other ?? Buffer.from(random.from(values)[0], 'latin1');
  return replaced(input, value.index, value.index + value[0].length, text);
};

const lineMutation: Mutation = (input, { random, corpus }) => {
  const lines = input.toString('latin1').split('\n');
  const at = random.below(lines.length);
  const [line = ''] = lines.splice(at, 1);
  const target = random.below(lines.length + 1);
  switch (random.below(4)) {
    case 0:
      break;
    case 1:
      lines.splice(target, 0, line);
      break;
    case 2:
      lines.splice(at, 0, line, line);
      break;
    default: {
      const other = Buffer.from(random.from(corpus)).toString('latin1').split('\n');
      lines.splice(target, 0, line, random.from(other));
    }
  }
  return Buffer.from(lines.join('\n'), 'latin1');
};

/** Several changes, one upon the other. */
export function mutate(input: Uint8Array, from: Mutable): Buffer {
  const { random, words } = from;
  let result: Buffer = Buffer.from(input);
  const changes = 1 + random.below(random.from([1, 2, 3, 8]));
  for (let change = 0; change < changes; change++) {
    if (result.length === 0) result = Buffer.from(random.from(from.corpus));
    const kind = random.below(10);
    if (kind < 2 && words.length > 0) result = random.from(wordMutations)(result, from);
    else if (kind < 5) result = jsonMutation(result, from);
    else if (kind < 6) result = lineMutation(result, from);
    else result = random.from(byteMutations)(result, from);
  }
  return result;
}
