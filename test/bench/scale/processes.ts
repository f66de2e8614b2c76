/** What the processes that show a trace have held at most; null where the system does not tell it in /proc. */
import { readFileSync, readdirSync } from 'node:fs';
import { peakMegabytes } from '../processUsage.js';

export interface PeakMemory {
  readonly host: number | null;
  readonly store: number | null;
  /** The largest process that draws pages: VS Code's window and the trace's page are in it. */
  readonly page: number | null;
}

/** Of the processes that were started after `before` ({@link processIds}). */
export function peakMemory(before: ReadonlySet<number>): PeakMemory {
  const started = [...processIds()].filter((pid) => !before.has(pid));
  const peakOf = (isWanted: (command: string) => boolean): number | null => {
    const peaks = started.filter((pid) => isWanted(commandOf(pid))).map(peakMegabytes);
    return peaks.reduce<number | null>(
      (most, peak) => (peak === null ? most : Math.max(most ?? 0, peak)),
      null,
    );
  };
  return {
    host: peakOf((command) => command.includes('--type=extensionHost')),
    store: peakOf((command) => /[\\/]dist[\\/]store\.js/.test(command)),
    page: peakOf((command) => command.includes('--type=renderer')),
  };
}

export function processIds(): Set<number> {
  try {
    return new Set(readdirSync('/proc').map(Number).filter(Number.isInteger));
  } catch {
    return new Set();
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
