/** How long the frames of a page take. */
import type { Frame, Page } from 'playwright-core';

/** Milliseconds between the next frames of the page, while `during` is at work. */
export async function frameTimes(
  page: Page | Frame,
  frames: number,
  during: () => Promise<void> = () => Promise.resolve(),
): Promise<number[]> {
  const recording = page.evaluate(
    (count) =>
      new Promise<number[]>((resolve) => {
        const times: number[] = [];
        const record = (time: number): void => {
          times.push(time);
          if (times.length <= count) requestAnimationFrame(record);
          else resolve(times.slice(1).map((end, place) => end - (times[place] ?? end)));
        };
        requestAnimationFrame(record);
      }),
    frames,
  );
  await during();
  return recording;
}
