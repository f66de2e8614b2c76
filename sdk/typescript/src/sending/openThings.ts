/** Streams and runs that are open. What they do when they are asked does not disturb anything else. */
import type { OpenStream } from './outbox.js';

interface OpenRun {
  interrupt(): void;
}

export class OpenThings {
  readonly streams = new Set<OpenStream>();
  readonly runs = new Set<OpenRun>();

  seal(): void {
    for (const stream of this.streams) quietly(() => stream.seal());
  }

  /** Streams before the runs in which they are, inner runs before outer ones. */
  interrupt(reason: string): void {
    for (const stream of [...this.streams].reverse()) quietly(() => stream.interrupt(reason));
    for (const run of [...this.runs].reverse()) quietly(() => run.interrupt());
    this.streams.clear();
    this.runs.clear();
  }
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // It is the recording of one stream or run that is incomplete; the others go on.
  }
}
