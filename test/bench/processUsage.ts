/** Memory and processor time of another process, where the system tells it in /proc. */
import { readFileSync, readdirSync } from 'node:fs';

/** Linux counts in hundredths of a second, on every machine that Node runs on. */
const ticksPerSecond = 100;

/** The most that it has ever held; null where this is not told. */
export function peakMegabytes(pid: number): number | null {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(read(pid, 'status'))?.[1];
  return kibibytes === undefined ? null : (Number(kibibytes) * 1_024) / 1_000_000;
}

/** What it holds now; NaN where this is not told. */
export function residentMegabytes(pid: number): number {
  return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(pid, 'status'))?.[1]) * 1_024) / 1_000_000;
}

/** Files, sockets and pipes. */
export const openDescriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** Seconds of a core, of all its threads; null where this is not told. */
export function processorSeconds(pid: number): number | null {
  // The second field is the name, in brackets, and may hold spaces.
  const fields = read(pid, 'stat').split(') ')[1]?.split(' ');
  return fields ? (Number(fields[11]) + Number(fields[12])) / ticksPerSecond : null;
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
