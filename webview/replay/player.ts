/** Lets the replay's clock run on the page's frames. What it plays and where it stands is in the store. */
import {
  type ReplayState,
  type ReplayTrack,
  play,
  replayTrack,
  seek,
  step,
  stoppedReplay,
  tick,
} from '../../src/model/replay.js';
import type { TokenColumns } from '../../src/model/tokens.js';
import type { Call } from '../../src/model/trace.js';
import { microseconds } from '../../src/model/units.js';
import type { PageActions } from '../state/actions.js';
import { replaySpeeds } from '../state/pageModel.js';
import type { PageStore } from '../state/pageStore.js';
import { selectedStep } from '../state/selection.js';

export class Player {
  private currentTrack: ReplayTrack | null = null;
  private trackOf: { tokens: TokenColumns | null; call: Call | null } = {
    tokens: null,
    call: null,
  };
  private stopFrames: (() => void) | null = null;
  private lastFrameMs: number | null = null;
  /** What this player put into the store; anything else there is a jump that someone asked for. */
  private last: ReplayState = stoppedReplay;

  constructor(
    private readonly store: PageStore,
    private readonly actions: PageActions,
  ) {
    store.watch(['playing', 'tokens', 'run', 'stepKey'], () => this.follow());
  }

  /** What there is to play; null while the selected step has no tokens. */
  get track(): ReplayTrack | null {
    const { tokens, settings } = this.store.current;
    const call = selectedStep(this.store.current)?.call ?? null;
    if (tokens !== this.trackOf.tokens || call !== this.trackOf.call) {
      this.trackOf = { tokens, call };
      this.currentTrack =
        tokens && tokens.count > 0 && call
          ? replayTrack(
              tokens,
              call.clockSource,
              call.metrics.durationUs,
              call.metrics.stalls,
              settings.stallRule.minimumUs,
              call.aggregated,
            )
          : null;
    }
    return this.currentTrack;
  }

  togglePlaying(): void {
    if (this.track) this.actions.setPlaying(!this.store.current.playing);
  }

  stop(): void {
    this.actions.setPlaying(false);
    this.actions.moveTo(-1);
  }

  step(tokens: number): void {
    const { track } = this;
    if (!track) return;
    const { position, playing } = step(track, this.state(track), tokens);
    this.actions.setPlaying(playing);
    this.actions.moveTo(position);
  }

  changeSpeed(steps: number): void {
    const index = replaySpeeds.indexOf(this.store.current.speed) + steps;
    const speed = replaySpeeds[Math.max(0, Math.min(index, replaySpeeds.length - 1))];
    if (speed !== undefined) this.actions.setSpeed(speed);
  }

  /** Starts and ends the frames when someone else (a key, a command) changed what the store says. */
  private follow(): void {
    const { playing } = this.store.current;
    if (playing && !this.track) {
      // Without tokens there is nothing to play; while they are loading, wait for them.
      if (this.store.current.tokens) this.actions.setPlaying(false);
      return;
    }
    if (playing && !this.stopFrames) this.start();
    else if (!playing && this.stopFrames) this.end();
  }

  private start(): void {
    const track = this.track;
    if (!track) return;
    const { position } = play(track, this.state(track));
    if (position !== this.store.current.position) this.actions.moveTo(position);
    this.lastFrameMs = null;
    this.stopFrames = this.store.animate((nowMs) => this.frame(nowMs));
  }

  private end(): void {
    this.stopFrames?.();
    this.stopFrames = null;
  }

  private frame(nowMs: number): void {
    const track = this.track;
    if (!track || !this.store.current.playing) return this.end();
    const elapsedMs = this.lastFrameMs === null ? 0 : nowMs - this.lastFrameMs;
    this.lastFrameMs = nowMs;
    const next = tick(track, this.state(track), this.store.current, elapsedMs);
    this.last = next;
    this.store.update({
      position: next.position,
      // The pace of an order-only replay is ours: it must not be shown as a time.
      ...(track.isTimed ? { timeUs: next.timeUs } : {}),
      playing: next.playing,
    });
    if (!next.playing) this.end();
  }

  private state(track: ReplayTrack): ReplayState {
    const { position, timeUs, playing } = this.store.current;
    if (track.isTimed) return { position, timeUs, playing };
    if (position === this.last.position) return { ...this.last, playing };
    return seek(track, { position, timeUs: microseconds(0), playing }, position);
  }
}
