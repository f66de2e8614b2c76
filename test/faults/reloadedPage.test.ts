/** The page dies while it loads (its process was killed, or the window reloaded), and comes again. */
import assert from 'node:assert/strict';
import { pageFixture } from '../page/pageFixture.js';
import { pictureTrace } from '../page/syntheticTrace.js';
import type { TraceSource } from '../page/traceSource.js';

const reloads = 6;

describe('a page that is gone while it loads', function () {
  this.timeout(60_000);
  const openPage = pageFixture();

  it('shows all of the trace when it comes again, and no error', async () => {
    const trace = pictureTrace();
    let onAsked: () => void = () => undefined;
    const source: TraceSource = {
      ...trace,
      run: (params) => {
        onAsked();
        return trace.run(params);
      },
      tokens: (params) => {
        onAsked();
        return trace.tokens(params);
      },
    };
    const { page, idle } = await openPage({ source });
    const shown = async (): Promise<string> => (await page.locator('main').innerText()).trim();
    const before = await shown();
    for (let reload = 0; reload < reloads; reload++) {
      // At its first request, or at its second one, before it has everything.
      let left = 1 + (reload % 2);
      const asked = new Promise<void>((resolve) => {
        onAsked = () => {
          left--;
          if (left === 0) resolve();
        };
      });
      await page.reload({ waitUntil: 'commit' });
      await asked;
    }
    await idle();
    assert.equal(await shown(), before);
  });
});
