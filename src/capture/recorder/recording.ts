/** What the recordings of calls and of other exchanges have in common. */
import type { EpochMicroseconds, Microseconds } from '../../model/units.js';
import type { TraceEvent } from '../../store/log/traceEvent.js';
import type { ExchangeObserver, RequestHead } from '../exchange.js';
import type { Redaction } from '../../redaction/redaction.js';

export interface Beginning {
  readonly id: string;
  readonly runId: string;
  readonly head: RequestHead;
  /** When the request came: by the monotonic clock, and the same moment by the wall clock. */
  readonly atUs: Microseconds;
  readonly startedAtUs: EpochMicroseconds;
  readonly redaction: Redaction;
  readonly emit: (event: TraceEvent) => void;
  /** Does what is not called by the recorder: what it throws is noted and ends nothing else. */
  readonly attempt: (job: () => void) => void;
  /** Nothing more is emitted. */
  readonly ended: () => void;
}

export interface Recording extends ExchangeObserver {
  begin(): void;
  /** The capture ends, and this exchange has not: what is known of it is stored as interrupted. */
  giveUp(): void;
}
