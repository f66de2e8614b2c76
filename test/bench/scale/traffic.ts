/** What a page is told over the protocol: how many answers, and how many bytes in them. */
import type { Frame } from 'playwright-core';

export interface Traffic {
  readonly messages: number;
  readonly bytes: number;
}

declare global {
  interface Window {
    traffic?: { messages: number; bytes: number };
  }
}

/** Begins, or begins anew, to count in the page's own frame. */
export async function countTraffic(frame: Frame): Promise<void> {
  // tsx keeps the names of functions through this helper, which functions that run in the page lack.
  await frame.evaluate('globalThis.__name = (named) => named;');
  await frame.evaluate(() => {
    const sizeOf = (value: unknown): number => {
      if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength;
      if (typeof value !== 'object' || value === null) return String(value).length;
      return Object.entries(value).reduce(
        (sum, [name, member]) => sum + name.length + sizeOf(member),
        2,
      );
    };
    const isCounting = window.traffic !== undefined;
    const traffic = (window.traffic = { messages: 0, bytes: 0 });
    if (isCounting) return;
    window.addEventListener('message', ({ data }) => {
      const counted = window.traffic ?? traffic;
      counted.messages++;
      counted.bytes += sizeOf(data);
    });
  });
}

export async function trafficOf(frame: Frame): Promise<Traffic> {
  return frame.evaluate(() => window.traffic ?? { messages: 0, bytes: 0 });
}
