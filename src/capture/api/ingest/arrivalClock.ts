/**
 * The wall clock for what comes without times. It ticks by the monotonic clock while a call is open, so that a clock
 * that is set tears no stream; in between it is set with the system's.
 */
import { type EpochMicroseconds, epochMicroseconds } from '../../../model/units.js';
import { epochUs, monotonicUs } from '../../clock.js';

export class ArrivalClock {
  private anchorUs = epochUs() - monotonicUs();

  now(isCallOpen: boolean): EpochMicroseconds {
    if (!isCallOpen) this.anchorUs = epochUs() - monotonicUs();
    return epochMicroseconds(this.anchorUs + monotonicUs());
  }
}
