/** When the log is folded into the trace: rarely enough that rewriting it costs in proportion to what was recorded. */
import { milliseconds } from '../../model/units.js';

export interface Sizes {
  readonly logBytes: number;
  readonly traceBytes: number;
}

const megabyte = 1024 * 1024;
/** A fold that is not due is made when nothing has come for so long … */
const idleAfterMs = milliseconds(5_000);
/** … and the log has so much that rewriting the trace is worth it. */
const worthBytes = 64 * 1024;
const worthShare = 1 / 16;
const firstPauseMs = milliseconds(10_000);
const longestPauseMs = milliseconds(300_000);

export class FoldSchedule {
  private failuresInRow = 0;
  private againAtMs = 0;

  /** Above this size, or half that of the trace if that is more. */
  constructor(private readonly aboveBytes = 8 * megabyte) {}

  get hasFailed(): boolean {
    return this.failuresInRow > 0;
  }

  isDue({ logBytes, traceBytes }: Sizes): boolean {
    return this.mayBegin() && logBytes > Math.max(this.aboveBytes, traceBytes / 2);
  }

  isWorthWhileIdle({ logBytes, traceBytes }: Sizes, sinceMs: number): boolean {
    const isIdle = performance.now() - sinceMs > idleAfterMs;
    return this.mayBegin() && isIdle && logBytes > Math.max(worthBytes, traceBytes * worthShare);
  }

  failed(): void {
    this.againAtMs =
      performance.now() + Math.min(longestPauseMs, firstPauseMs * 2 ** this.failuresInRow);
    this.failuresInRow++;
  }

  /** It went well, or what was in its way is gone. */
  clear(): void {
    this.failuresInRow = 0;
    this.againAtMs = 0;
  }

  private mayBegin(): boolean {
    return performance.now() >= this.againAtMs;
  }
}
