/** How long the frames of a page take. */
import type { Frame, Page } from 'playwright-core';

/** Milliseconds between the next frames of the page, while `during` is at work. */
export async function frameTimes(
  page: Page | Frame,
  frames: number,
  during: () => Promise<void> = () => Promise.resolve(),
): Promise<number[]> {
  const recording = page.evaluate(async (count) => {
    const times: number[] = [];
    while (times.length <= count) {
      times.push(await new Promise<number>((resolve) => requestAnimationFrame(resolve)));
    }
    return times.slice(1).map((end, place) => end - (times[place] ?? end));
  }, frames);
  await during();
  return recording;
}
