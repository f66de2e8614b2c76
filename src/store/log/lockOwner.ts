/** Who holds a capture's lock, and whether that process still lives. */
import { readlinkSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { milliseconds } from '../../model/units.js';

export interface LockOwner {
  readonly pid: number;
  /** Where the pid means something: the machine and, on Linux, the pid namespace (a container's). */
  readonly place: string;
  /** Tells the process from a later one with the same pid; null where the system does not say. */
  readonly processStart: string | null;
  /** Random: names this holding of the lock. */
  readonly nonce: string;
}

export interface FoundOwner extends LockOwner {
  readonly heartbeatMs: number;
}

/** `silent`: nothing is known of the process, but its heartbeat has stopped: it died, or sleeps. */
export type OwnerLife = 'alive' | 'silent' | 'dead';

/** An owner touches its lock this often. */
export const heartbeatMs = milliseconds(1_000);

/** Where only the heartbeat can tell. Long, because a process may be suspended for a while. */
const silentAfterMs = milliseconds(60_000);
/** Of a lock without content: made just now, or left by a crash between making and writing it. */
const unwrittenForMs = milliseconds(5_000);

const unreadable = { pid: 0, place: '', processStart: null, nonce: 'unreadable' } as const;
const mostBytes = 1_024;

export const ownLockOwner = (nonce: string): LockOwner => ({
  pid: process.pid,
  place: ownPlace(),
  processStart: processStart(process.pid),
  nonce,
});

/** Null when there is no lock at this path. */
export async function readOwner(path: string): Promise<FoundOwner | null> {
  let file;
  try {
    file = await open(path, 'r');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw thrown;
  }
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, 0);
    const { mtimeMs } = await file.stat();
    return { ...parseOwner(buffer.toString('utf8', 0, bytesRead)), heartbeatMs: mtimeMs };
  } finally {
    await file.close();
  }
}

/** A lock is a file that anybody may have written: what it says becomes part of file names. */
export function parseOwner(text: string): LockOwner {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof LockOwner, unknown>> | null;
    const { pid, place, processStart: start, nonce } = value ?? {};
    if (!Number.isSafeInteger(pid) || (pid as number) <= 0 || typeof place !== 'string') {
      return unreadable;
    }
    if (typeof nonce !== 'string' || !/^[0-9a-f]{32}$/.test(nonce)) return unreadable;
    return {
      pid: pid as number,
      place,
      processStart: typeof start === 'string' ? start : null,
      nonce,
    };
  } catch {
    return unreadable;
  }
}

export function lifeOf(owner: FoundOwner): OwnerLife {
  // A heartbeat in the future is an old one, too: the clock was set back since.
  const ageMs = Math.abs(Date.now() - owner.heartbeatMs);
  if (owner.nonce === unreadable.nonce) return ageMs < unwrittenForMs ? 'alive' : 'dead';
  if (owner.place === ownPlace()) {
    if (!processExists(owner.pid)) return 'dead';
    const start = processStart(owner.pid);
    if (owner.processStart !== null && start !== null) {
      // Alive however long its heartbeat is silent: it may be suspended, and go on.
      return start === owner.processStart ? 'alive' : 'dead';
    }
  }
  return ageMs < silentAfterMs ? 'alive' : 'silent';
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

let place: string | undefined;

function ownPlace(): string {
  return (place ??= [hostname(), linkTarget('/proc/self/ns/pid')].filter(Boolean).join(' '));
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/**
 * Ticks since the machine's start; empty for a zombie. Null on systems without /proc, and where it hides the
 * processes of others.
 *
 * Source: proc_pid_stat(5): state is field 3, starttime field 22, counted from behind the name in parentheses.
 */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? null);
  } catch {
    return null;
  }
}
