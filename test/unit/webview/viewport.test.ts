import assert from 'node:assert/strict';
import fc from 'fast-check';
import { microseconds } from '../../../src/model/units.js';
import type { Span } from '../../../webview/state/pageModel.js';
import { isSame, panned, showing, within, zoomed } from '../../../webview/timeline/viewport.js';

const span = (from: number, to: number): Span => ({
  fromUs: microseconds(from),
  toUs: microseconds(to),
});
const whole = span(0, 1_000_000);
const views = fc
  .tuple(fc.integer({ min: 0, max: 900_000 }), fc.integer({ min: 2_000, max: 100_000 }))
  .map(([from, length]) => span(from, from + length));

describe('viewport of a timeline', () => {
  it('keeps what is under the pointer in its place while zooming', () => {
    const view = zoomed(span(200_000, 600_000), whole, 0.5, 300_000, 1_000);
    assert.deepEqual(view, span(250_000, 450_000));
  });

  it('never leaves the whole, whatever is asked for', () => {
    const factor = fc.double({ min: 0.01, max: 100, noNaN: true });
    const place = fc.integer({ min: -10_000, max: 1_010_000 });
    fc.assert(
      fc.property(views, factor, place, (view, by, at) => {
        const candidates = [
          zoomed(view, whole, by, at, 1_000),
          panned(view, whole, at),
          panned(view, whole, -at),
          showing(view, whole, at),
        ];
        for (const { fromUs, toUs } of candidates) {
          assert.ok(fromUs >= 0 && toUs <= 1_000_000.001 && toUs - fromUs >= 999.9);
        }
      }),
    );
  });

  it('zooms out to the whole and no further, in to the shortest and no further', () => {
    assert.ok(isSame(zoomed(span(1_000, 2_000), whole, 1e9, 1_500, 1_000), whole));
    const closest = zoomed(span(1_000, 9_000), whole, 1e-9, 5_000, 1_000);
    assert.equal(closest.toUs - closest.fromUs, 1_000);
    assert.ok(isSame(within(span(-5, 2_000_000), whole), whole));
  });

  it('turns over to what comes next only when it has left the view', () => {
    const view = span(100_000, 200_000);
    assert.equal(showing(view, whole, 150_000), view);
    assert.deepEqual(showing(view, whole, 210_000), span(200_000, 300_000));
    assert.deepEqual(showing(view, whole, 90_000), span(0, 100_000));
  });
});
