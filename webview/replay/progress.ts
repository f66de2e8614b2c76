/** Where the replay stands, in words. */
import type { ReplayTrack } from '../../src/model/replay.js';

export interface Progress {
  /** From −1. */
  readonly position: number;
  readonly timeUs: number;
}

const wholeMs = (us: number): string => `${Math.round(us / 1_000)}ms`;

/** "Token: 12/45 Time: 620ms / 2300ms" */
export function progressText(track: ReplayTrack, { position, timeUs }: Progress): string {
  const token = `Token: ${position + 1}/${track.offsetUs.length}`;
  return track.isTimed
    ? `${token} Time: ${wholeMs(timeUs)} / ${wholeMs(track.endUs)}`
    : `${token} Time: not recorded (order only)`;
}

/** What the slider says of its place: "Token 12 of 45, 620 ms". */
export function valueText(track: ReplayTrack, { position, timeUs }: Progress): string {
  const count = track.offsetUs.length;
  const token = position < 0 ? 'Before the first token' : `Token ${position + 1} of ${count}`;
  return track.isTimed ? `${token}, ${Math.round(timeUs / 1_000)} ms` : token;
}

/** How far along its track the slider stands, from 0 to 1: by time, or by order where no time is known. */
export function fraction(track: ReplayTrack, { position, timeUs }: Progress): number {
  const [at, end] = track.isTimed ? [timeUs, track.endUs] : [position + 1, track.offsetUs.length];
  return end > 0 ? Math.max(0, Math.min(at / end, 1)) : 0;
}
