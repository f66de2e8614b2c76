/** Chunks of streams, as the SDK for TypeScript reads them: a line of JSON each. */
import assert from 'node:assert/strict';
import { ChunkReader } from '../../../sdk/typescript/src/chunks/reader.js';
import { samples } from '../../unit/capture/wire/samples/all.js';
import { type FuzzTarget, bytesOf, textOf } from '../target.js';

/** The objects of the recorded responses, which the vendors' SDKs hand on as they are. */
const seeds = (): Uint8Array[] =>
  Object.values(samples)
    .flat()
    .map(({ body }) =>
      bytesOf(
        body
          .split('\n')
          .map((line) => line.replace(/^data: /, ''))
          .filter((line) => line.startsWith('{'))
          .join('\n'),
      ),
    )
    .filter(({ length }) => length > 0);

export const sdkChunks: FuzzTarget = {
  name: 'sdk-chunks',
  seeds,
  words: [
    ...['"type":"text-delta","text":"a"', '"type":"tool-call"', '"choices":[]', '"candidates":[]'],
    ...['"type":"response.completed"', '"usageMetadata":{}', '"message":{}', '"done":true', '\n'],
  ],
  check: (input) => {
    const reader = new ChunkReader<unknown>(undefined);
    const traits: string[] = [];
    for (const line of textOf(input).split('\n')) {
      const { tokens, ...facts } = reader.read(chunkOf(line));
      for (const { text, kind } of tokens) {
        assert.equal(typeof text, 'string', 'a token that is no text');
        traits.push(`token ${kind ?? 'text'}`);
      }
      for (const [name, fact] of Object.entries(facts)) {
        traits.push(`${name} ${typeof fact}`);
        const type = name === 'finishReason' ? 'string' : 'number';
        if (fact !== undefined && name !== 'error') assert.equal(typeof fact, type, name);
      }
    }
    return traits;
  },
};

const chunkOf = (line: string): unknown => {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return line;
  }
};
