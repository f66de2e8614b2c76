/** How the log is doing, for `/health` and the program's log. */
import { percentile } from '../../model/percentiles.js';
import { type Microseconds, type Milliseconds, microseconds } from '../../model/units.js';
import type { CaptureHealth } from '../../protocol/captureStatus.js';
import { monotonicUs } from '../clock.js';

export interface LogHealth extends LogAmounts {
  /** Of the last writes; null before the first one. */
  readonly writeP50Us: Microseconds | null;
  readonly writeP99Us: Microseconds | null;
  /** The same in whole µs; null before the first one. */
  readonly writeLatencyMs: CaptureHealth['writeLatencyMs'];
  /** The last one of each. */
  readonly syncMs: Milliseconds | null;
  readonly foldMs: Milliseconds | null;
  readonly folds: number;
}

export interface LogAmounts {
  readonly logBytes: number;
  readonly fileBytes: number;
  /** In memory, because they could not be written yet. */
  readonly keptEvents: number;
  readonly keptBytes: number;
  /** Of those that could not be kept either. */
  readonly droppedTokens: number;
}

const rememberedWrites = 1_024;

export class LogFigures {
  private readonly writesUs = new Float64Array(rememberedWrites);
  private writes = 0;
  private folds = 0;
  private foldMs: Milliseconds | null = null;
  private syncMs: Milliseconds | null = null;

  wrote(sinceUs: Microseconds): void {
    this.writesUs[this.writes++ % rememberedWrites] = monotonicUs() - sinceUs;
  }

  synced(ms: Milliseconds): void {
    this.syncMs = ms;
  }

  folded(ms: Milliseconds): void {
    this.foldMs = ms;
    this.folds++;
  }

  health(amounts: LogAmounts): LogHealth {
    const sorted = this.writesUs.slice(0, Math.min(this.writes, rememberedWrites)).sort();
    const at = (share: number): Microseconds | null => {
      const value = percentile(sorted, share);
      return value === null ? null : microseconds(value);
    };
    const ms = (share: number): number => Math.round(at(share) ?? 0) / 1_000;
    return {
      ...amounts,
      writeLatencyMs: this.writes === 0 ? null : { p50: ms(0.5), p99: ms(0.99), max: ms(1) },
      ...{ writeP50Us: at(0.5), writeP99Us: at(0.99) },
      ...{ syncMs: this.syncMs, foldMs: this.foldMs, folds: this.folds },
    };
  }
}
