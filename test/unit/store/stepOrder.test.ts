import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type StepKey, stepKey } from '../../../src/model/trace.js';
import { microseconds } from '../../../src/model/units.js';
import { inOrderOfDisplay } from '../../../src/store/stepOrder.js';
import type { RecordedStep } from '../../../src/store/traceReader.js';

describe('inOrderOfDisplay', () => {
  const step = (key: number, parent: number | null, start: number): RecordedStep => ({
    key: stepKey(key),
    id: String(key),
    parentKey: parent === null ? null : stepKey(parent),
    type: 'custom',
    name: '',
    status: null,
    failed: false,
    startUs: microseconds(start),
    durationUs: null,
    summary: '',
    between: null,
    call: null,
  });

  it('shows every step once, parents before children, whatever the parents are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ parent: fc.option(fc.nat(14)), start: fc.nat(5) }), { maxLength: 12 }),
        (parts) => {
          const steps = parts.map(({ parent, start }, key) => step(key, parent, start));
          const placed = inOrderOfDisplay(steps);
          assert.deepEqual(
            placed.map((each) => each.step.key).sort((a, b) => a - b),
            steps.map(({ key }) => key),
          );
          const depths = new Map<StepKey, number>();
          for (const { step: each, depth, parentKey } of placed) {
            if (parentKey === null) assert.equal(depth, 0);
            else assert.equal(depth, (depths.get(parentKey) ?? NaN) + 1);
            depths.set(each.key, depth);
          }
        },
      ),
    );
  });

  it('begins a cycle at its earliest step', () => {
    const placed = inOrderOfDisplay([
      step(1, 2, 30),
      step(2, 1, 20),
      step(3, 3, 10),
      step(4, null, 40),
    ]);
    assert.deepEqual(
      placed.map(({ step: { key }, depth }) => [key, depth]),
      [
        [4, 0],
        [3, 0],
        [2, 0],
        [1, 1],
      ],
    );
  });

  it('takes a chain as long as the file', () => {
    const steps = Array.from({ length: 100_000 }, (_, key) =>
      step(key, key === 0 ? null : key - 1, 0),
    );
    assert.equal(inOrderOfDisplay(steps).at(-1)?.depth, 99_999);
  });
});
