import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { deserialize, serialize } from 'node:v8';
import { ownBuffers } from '../../../src/editor/ownBuffers.js';
import { TokenKind, columnsOf } from '../../../src/model/tokens.js';
import { microseconds } from '../../../src/model/units.js';

const columns = columnsOf(
  ['a', 'bc', ''].map((text, position) => ({
    text,
    offsetUs: microseconds(position),
    kind: TokenKind.text,
  })),
);

describe('columns on their way to the page', () => {
  it('own buffers of exactly their size after they came from another process', () => {
    // How Node carries messages of child processes with `serialization: 'advanced'`.
    const received = deserialize(serialize(columns)) as typeof columns;
    assert.ok(received.text.buffer.byteLength > received.text.byteLength, 'the trap is there');
    const owned = ownBuffers(received);
    assert.deepEqual(owned, columns);
    const { index, offsetUs, kind, readIndex, textEnd, text } = owned;
    for (const value of [index, offsetUs, kind, readIndex, textEnd, text]) {
      assert.equal(value.buffer.byteLength, value.byteLength);
    }
  });

  it('are not copied when they own their buffers already', () => {
    assert.equal(ownBuffers(columns).text, columns.text);
  });
});
