import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AgedSet } from '../../src/sending/agedSet.js';

describe('AgedSet', () => {
  it('gives the oldest first, whatever was added and deleted in between', () => {
    const action = fc.record({
      act: fc.constantFrom('add', 'add', 'delete', 'take'),
      value: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 100 }), (actions) => {
        const set = new AgedSet<number>();
        const model: number[] = [];
        for (const { act, value } of actions) {
          if (act === 'take') {
            assert.equal(set.takeOldest(), model.shift() ?? null);
          } else if (act === 'add') {
            set.add(value);
            if (!model.includes(value)) model.push(value);
          } else {
            set.delete(value);
            if (model.includes(value)) model.splice(model.indexOf(value), 1);
          }
        }
      }),
    );
  });
});
