/** When tokens are on screen: watched inside the trace page, by the clock of this machine. */
import type { Frame } from 'playwright-core';
import { nowUs } from '../../mock/clock.js';

/** Notes for "w1", "w2", … of the replayed text when the frame that shows each was painted. */
export async function watchTokens(frame: Frame): Promise<void> {
  // What runs in the page must not miss the helper that tsx adds to named functions.
  await frame.evaluate('globalThis.__name = (named) => named;');
  await frame.evaluate(() => {
    const shown: number[] = [];
    Object.assign(globalThis, { shownTokens: shown });
    const note = (): void => {
      const text = document.querySelector('[aria-label="Replayed text"]')?.textContent ?? '';
      const newest = Number(/w(\d+)\D*$/.exec(text)?.[1] ?? 0);
      if (newest <= shown.length) return;
      // The next frame begins when this one is on its way to the screen.
      requestAnimationFrame(() => {
        const atMs = performance.timeOrigin + performance.now();
        while (shown.length < newest) shown.push(atMs);
      });
    };
    new MutationObserver(note).observe(document.body, {
      ...{ subtree: true, childList: true, characterData: true },
    });
  });
}

/** Milliseconds since 1970, by the number of the token from 0. */
export const shownTokens = (frame: Frame): Promise<number[]> =>
  frame.evaluate(() => (globalThis as unknown as { shownTokens: number[] }).shownTokens);

/** What has to be added to a time of the mock's clock, in ms, to get milliseconds since 1970. */
export function mockClockOffsetMs(): number {
  let offset = -Infinity;
  // Date.now() is cut to whole milliseconds: the largest difference is the true one.
  for (let sample = 0; sample < 200_000; sample++) {
    offset = Math.max(offset, Date.now() - nowUs() / 1_000);
  }
  return offset;
}

/** Times between the frames of the page for so long, in ms. */
export const frameTimes = (frame: Frame, durationMs: number): Promise<number[]> =>
  frame.evaluate(
    (length) =>
      new Promise<number[]>((resolve) => {
        const times: number[] = [];
        const begin = performance.now();
        let last = begin;
        const next = (now: number): void => {
          times.push(now - last);
          last = now;
          if (now - begin < length) requestAnimationFrame(next);
          else resolve(times.slice(1));
        };
        requestAnimationFrame(next);
      }),
    durationMs,
  );
