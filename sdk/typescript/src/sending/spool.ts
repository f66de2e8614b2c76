/**
 * The folder in which lines wait while the capture is away. Each process writes a file of its own, whose name tells
 * that it is in use; what is left when a process ends is sent by whichever process finds it, after renaming it, so that
 * no two send the same.
 */
import type { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SpoolFile } from './spoolFile.js';
import type { Warnings } from './warnings.js';

const privately = { recursive: true, mode: 0o700 } as const;
const ending = '.ndjson';
const usedName = /^used-(.+)-(\d+)-[0-9a-f]+\.ndjson$/;
const leftName = /^left-[0-9a-f]+\.ndjson$/;

/** How long a count of the folder is good for: there may be thousands of files. */
const countedForMs = 10_000;
/** About 1 ms. */
const filesInTurn = 100;

export class Spool {
  private own: SpoolFile | null = null;
  private left: SpoolFile | null = null;
  private isBroken = false;
  /** Bytes in the files of the folder, without our own. */
  private others = { bytes: 0, countedAtMs: -Infinity };

  /** @param mostMegabytes of the whole folder: each agent that no capture heard leaves a file there. */
  constructor(
    readonly folder: string,
    private readonly mostMegabytes: number,
    private readonly warnings: Warnings,
  ) {}

  /** Nothing of this process waits here. */
  get isEmpty(): boolean {
    return this.own === null;
  }

  /** False: it could not be kept. */
  async append(lines: Buffer): Promise<boolean> {
    if (this.isBroken) return false;
    if (!this.isCounted) this.counted(await bytesIn(this.folder, this.own?.path));
    if (!this.hasRoomFor(lines)) return false;
    try {
      this.own ??= await this.create();
      await this.own.append(lines);
      return true;
    } catch (error) {
      this.isBroken = true;
      this.warnings.once('spool', unusable(this.folder, error));
      return false;
    }
  }

  /** The oldest lines of this process; null when all is sent. */
  async next(mostBytes: number): Promise<Buffer | null> {
    const lines = await this.nextOf(this.own, mostBytes);
    if (!lines) this.own = null;
    return lines;
  }

  advance(bytes: number): void {
    this.own?.advance(bytes);
  }

  /** Lines that processes left which have ended. */
  async nextLeft(mostBytes: number): Promise<Buffer | null> {
    const lines = await this.nextOf(this.left, mostBytes);
    if (!lines) this.left = null;
    return lines;
  }

  advanceLeft(bytes: number): void {
    this.left?.advance(bytes);
  }

  /** Takes a file that a process left. False: there is none. */
  async findLeft(): Promise<boolean> {
    for (const name of await this.namesOfLeft()) {
      const path = join(this.folder, usedBy());
      try {
        if (!(await isOurs(join(this.folder, name)))) continue;
        await rename(join(this.folder, name), path);
        this.left = await SpoolFile.read(path);
        return true;
      } catch {
        // Another process was faster.
      }
    }
    return false;
  }

  /** At the end of the process. False: it could not be kept. */
  appendNow(lines: Buffer): boolean {
    if (!this.isCounted) this.counted(bytesNowIn(this.folder, this.own?.path));
    if (!this.hasRoomFor(lines)) return false;
    try {
      this.own ??= this.createNow();
      this.own.appendNow(lines);
      return true;
    } catch (error) {
      this.warnings.once('spool', unusable(this.folder, error));
      return false;
    }
  }

  /** For the next process that finds it. */
  release(): void {
    for (const file of [this.own, this.left]) {
      try {
        file?.release(join(this.folder, `left-${randomName()}${ending}`));
      } catch {
        // It is found by the number of this process.
      }
    }
    this.own = this.left = null;
  }

  private get isCounted(): boolean {
    return performance.now() - this.others.countedAtMs < countedForMs;
  }

  private counted(bytes: number): void {
    this.others = { bytes, countedAtMs: performance.now() };
  }

  private hasRoomFor(lines: Buffer): boolean {
    const bytes = this.others.bytes + (this.own?.bytes ?? 0) + lines.length;
    if (bytes <= this.mostMegabytes * 1_000_000) return true;
    this.warnings.once('spool-full', full(this.folder, this.mostMegabytes));
    return false;
  }

  private async create(): Promise<SpoolFile> {
    await mkdir(this.folder, privately);
    return SpoolFile.create(join(this.folder, usedBy()));
  }

  private createNow(): SpoolFile {
    mkdirSync(this.folder, privately);
    return SpoolFile.createNow(join(this.folder, usedBy()));
  }

  private async nextOf(file: SpoolFile | null, mostBytes: number): Promise<Buffer | null> {
    try {
      const lines = (await file?.next(mostBytes)) ?? null;
      if (!lines) await file?.remove();
      return lines;
    } catch (error) {
      this.warnings.once('spool', unusable(this.folder, error));
      return null;
    }
  }

  private async namesOfLeft(): Promise<string[]> {
    try {
      return (await readdir(this.folder)).filter(isLeft);
    } catch {
      return [];
    }
  }
}

/**
 * Of all that waits there but in the file at `except`, whoever has left it. A few files a turn: asked one by one in
 * another thread, thousands would take seconds.
 */
async function bytesIn(folder: string, except: string | undefined): Promise<number> {
  let bytes = 0;
  const paths = pathsOf(folder, except, await readdir(folder).catch(() => []));
  for (const [position, path] of paths.entries()) {
    if (position % filesInTurn === filesInTurn - 1) await nextTurn();
    bytes += sizeNowOf(path);
  }
  return bytes;
}

/** The same, at the end of the process. */
function bytesNowIn(folder: string, except: string | undefined): number {
  try {
    const paths = pathsOf(folder, except, readdirSync(folder));
    return paths.reduce((bytes, path) => bytes + sizeNowOf(path), 0);
  } catch {
    return 0;
  }
}

/** 0 when it was sent meanwhile. */
function sizeNowOf(path: string): number {
  try {
    return lstatSync(path).size;
  } catch {
    return 0;
  }
}

const pathsOf = (folder: string, except: string | undefined, names: readonly string[]): string[] =>
  names
    .filter((name) => usedName.test(name) || leftName.test(name))
    .map((name) => join(folder, name))
    .filter((path) => path !== except);

function isLeft(name: string): boolean {
  const [, host, pid] = usedName.exec(name) ?? [];
  return leftName.test(name) || (host === thisHost && !isAlive(Number(pid)));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** Others may write into a folder that is shared, but not into our trace. */
async function isOurs(path: string): Promise<boolean> {
  const found = await lstat(path);
  return found.isFile() && (process.getuid === undefined || found.uid === process.getuid());
}

/** Numbers of processes are those of one machine, or of one container. */
const thisHost = hostname().replace(/[^\w.-]/g, '_') || 'here';
const randomName = (): string => randomBytes(8).toString('hex');
const usedBy = (): string => `used-${thisHost}-${process.pid}-${randomName()}${ending}`;

const unusable = (folder: string, error: unknown): string =>
  `Nothing more is kept in ${folder} (${error instanceof Error ? error.message : String(error)}): make room there, or set LLM_STREAM_SPOOL_FOLDER to a folder that can be written.`;

const full = (folder: string, megabytes: number): string =>
  `Nothing more is kept in ${folder}, because ${megabytes} MB wait there: start the capture that takes it, delete files there that nobody needs, or raise LLM_STREAM_SPOOL_MB.`;
