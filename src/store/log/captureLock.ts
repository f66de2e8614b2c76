/**
 * One writer per trace: `FILE.llmtrace-lock` names the process that records, and a dead one loses it.
 *
 * A lock whose owner is dead is taken over by making the file that only its heir may make, named after the dead
 * one's nonce: whoever makes it first has won, and it then takes the lock's place. Heirs can die as well, so
 * the owner is the last of a chain that is nearly always one link long.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  ftruncateSync,
  futimes,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { TraceError } from '../../protocol/errors.js';
import {
  type FoundOwner,
  type LockOwner,
  heartbeatMs,
  lifeOf,
  ownLockOwner,
  parseOwner,
  readOwner,
} from './lockOwner.js';
import { renamePatiently } from './renamePatiently.js';

export const lockSuffix = '-lock';

export type LockState = 'held' | 'free' | 'stale';

export interface CaptureLock {
  /**
   * Whether the lock is still ours, to be asked right before anything is replaced: a process that was asleep may
   * have lost it. Makes the lock again when its file was deleted.
   */
  verify(): boolean;
  release(): Promise<void>;
}

const attempts = 20;
const longestChain = 100;

/**
 * @throws TraceError `busy` while another process records into this trace; an error of the file system where
 * no lock can be made.
 */
export async function acquireLock(tracePath: string): Promise<CaptureLock> {
  const lockPath = tracePath + lockSuffix;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const chain = await readChain(lockPath);
    const last = chain.at(-1);
    if (last && !(await isGone(last))) throw busy(tracePath, last.owner);
    const lock = HeldLock.make(lockPath, last ? heirPath(lockPath, last.owner) : lockPath);
    if (!lock) continue;
    if (await lock.takePlace(chain.map(({ path }) => path))) return lock;
  }
  throw new TraceError(
    'busy',
    `Several captures are being started for ${basename(tracePath)} at once. Start one of them again.`,
  );
}

/** For other processes: whether somebody records into this trace. `stale`: somebody did, and died. */
export async function lockState(tracePath: string): Promise<LockState> {
  const last = (await readChain(tracePath + lockSuffix)).at(-1);
  if (!last) return 'free';
  return lifeOf(last.owner) === 'alive' ? 'held' : 'stale';
}

interface Link {
  readonly path: string;
  readonly owner: FoundOwner;
}

const heirPath = (lockPath: string, owner: LockOwner): string => `${lockPath}.${owner.nonce}`;

async function readChain(lockPath: string): Promise<Link[]> {
  const chain: Link[] = [];
  let path = lockPath;
  while (chain.length < longestChain) {
    const owner = await readOwner(path);
    if (!owner) break;
    chain.push({ path, owner });
    path = heirPath(lockPath, owner);
  }
  return chain;
}

async function isGone({ path, owner }: Link): Promise<boolean> {
  const life = lifeOf(owner);
  if (life !== 'silent') return life === 'dead';
  // The whole machine may have been asleep: an owner that wakes up now gets the time to say so.
  await pause(2.5 * heartbeatMs);
  const later = await readOwner(path);
  return later?.nonce === owner.nonce && later.heartbeatMs === owner.heartbeatMs;
}

function busy(tracePath: string, owner: LockOwner): TraceError {
  const who = owner.pid > 0 ? ` (process ${owner.pid})` : '';
  return new TraceError(
    'busy',
    `${basename(tracePath)} is being recorded by another capture, or changed by another command${who}. Wait for its end, stop it, or choose another file.`,
  );
}

class HeldLock implements CaptureLock {
  private readonly heartbeat: NodeJS.Timeout;
  private released = false;

  private constructor(
    private readonly lockPath: string,
    private readonly ownPath: string,
    private readonly owner: LockOwner,
    private descriptor: number,
  ) {
    this.heartbeat = setInterval(() => this.beat(), heartbeatMs).unref();
  }

  /** Null when another process was faster. */
  static make(lockPath: string, ownPath: string): HeldLock | null {
    const owner = ownLockOwner(randomBytes(16).toString('hex'));
    const descriptor = create(ownPath, owner);
    return descriptor === null ? null : new HeldLock(lockPath, ownPath, owner, descriptor);
  }

  /** Puts what was made where the lock is; false, and nothing is left of it, when the chain has gone on without it. */
  async takePlace(passed: readonly string[]): Promise<boolean> {
    try {
      const last = (await readChain(this.lockPath)).at(-1);
      if (last?.owner.nonce !== this.owner.nonce) {
        await this.withdraw();
        return false;
      }
      if (this.ownPath === this.lockPath) return true;
      await renamePatiently(this.ownPath, this.lockPath);
    } catch (thrown) {
      await this.withdraw();
      throw thrown;
    }
    for (const path of passed) if (path !== this.lockPath) await rm(path, { force: true });
    return true;
  }

  verify(): boolean {
    if (this.released) return false;
    const isOurs = this.isAtPath();
    return isOurs ?? this.makeAgain();
  }

  async release(): Promise<void> {
    if (this.released) return;
    const isOurs = this.isAtPath();
    this.end();
    if (isOurs) await rm(this.lockPath, { force: true });
  }

  private async withdraw(): Promise<void> {
    this.end();
    await rm(this.ownPath, { force: true });
  }

  private end(): void {
    this.released = true;
    clearInterval(this.heartbeat);
    closeSync(this.descriptor);
  }

  /** Null when there is no lock any more. */
  private isAtPath(): boolean | null {
    try {
      return parseOwner(readFileSync(this.lockPath, 'utf8')).nonce === this.owner.nonce;
    } catch (thrown) {
      return (thrown as NodeJS.ErrnoException).code === 'ENOENT' ? null : false;
    }
  }

  private makeAgain(): boolean {
    try {
      const descriptor = create(this.lockPath, this.owner);
      if (descriptor === null) return false;
      const before = this.descriptor;
      this.descriptor = descriptor;
      // It may have moved away with its folder, and would lock that trace as long as we live.
      ftruncateSync(before);
      closeSync(before);
      return true;
    } catch {
      return false;
    }
  }

  private beat(): void {
    const now = new Date();
    // A heartbeat that cannot be written is one that is missing; the next one is a second away.
    futimes(this.descriptor, now, now, () => undefined);
  }
}

/** Null when another process was faster. */
function create(path: string, owner: LockOwner): number | null {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeFileSync(temporary, JSON.stringify(owner), { flag: 'wx' });
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw thrown;
  }
  try {
    // Nobody, whenever this process dies, ever sees a lock without its owner.
    linkSync(temporary, path);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    // Without its temporary file, too: who has got the lock meanwhile has tidied up.
    if (code === 'EEXIST' || code === 'ENOENT') return null;
    return createWithoutLinks(path, owner);
  } finally {
    rmSync(temporary, { force: true });
  }
  return openSync(path, 'r+');
}

/** On file systems that have no links (FAT, some shares). */
function createWithoutLinks(path: string, owner: LockOwner): number | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'wx');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw thrown;
  }
  try {
    writeSync(descriptor, JSON.stringify(owner));
    return descriptor;
  } catch (thrown) {
    closeSync(descriptor);
    rmSync(path, { force: true });
    throw thrown;
  }
}
