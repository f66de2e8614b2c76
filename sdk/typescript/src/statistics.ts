/** The figures of a call of which not all tokens are sent: counted as they come. */
import type { CallStatistics, TokenKind } from './wire.js';

/** Beyond, the percentiles are not known: memory is limited. */
const mostGaps = 1_000_000;
const longestText = 2_000_000;

export class RunningStatistics {
  count = 0;
  private firstUs: number | undefined;
  private firstOutputUs: number | undefined;
  private lastUs = 0;
  private gaps: number[] | null = [];
  private text = '';

  constructor(private readonly keepsText: boolean) {}

  add(text: string, kind: TokenKind | undefined, offsetUs: number): void {
    const atUs = Math.round(offsetUs);
    if (this.count++ === 0) this.firstUs = atUs;
    else this.addGap(atUs - this.lastUs);
    this.lastUs = atUs;
    if (kind !== undefined && kind !== 'text') return;
    this.firstOutputUs ??= atUs;
    if (this.keepsText && this.text.length < longestText) {
      this.text += text.slice(0, longestText - this.text.length);
    }
  }

  private addGap(us: number): void {
    if (this.gaps?.length === mostGaps) this.gaps = null;
    this.gaps?.push(us);
  }

  /** The visible text; undefined when it is not kept, or there was none. */
  get response(): string | undefined {
    return this.text === '' ? undefined : this.text;
  }

  figures(): CallStatistics {
    if (this.firstUs === undefined) return {};
    return {
      ...{ first_token_us: this.firstUs, last_token_us: this.lastUs },
      ...(this.firstOutputUs !== undefined && { first_output_us: this.firstOutputUs }),
      ...(this.gaps && gapFigures(this.gaps)),
    };
  }
}

function gapFigures(gaps: readonly number[]): CallStatistics {
  if (gaps.length === 0) return {};
  const sorted = Float64Array.from(gaps).sort();
  return {
    icl_p50_us: percentile(sorted, 50),
    icl_p90_us: percentile(sorted, 90),
    icl_p95_us: percentile(sorted, 95),
    icl_p99_us: percentile(sorted, 99),
    icl_max_us: sorted.at(-1) ?? 0,
  };
}

/** With linear interpolation, as numpy does by default. */
function percentile(sorted: Float64Array, percent: number): number {
  const position = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(position);
  const low = sorted[below] ?? 0;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low;
  return low + (high - low) * (position - below);
}
