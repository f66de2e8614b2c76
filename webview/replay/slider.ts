/**
 * The slider "Replay position". Its value is the token, its track is the time: so waits have a length
 * on it. A native range input, invisible on top, takes the keys and speaks to assistive technologies;
 * the pointer goes by time.
 */
import type { ReplayTrack } from '../../src/model/replay.js';
import { microseconds } from '../../src/model/units.js';
import { element } from '../shell/elements.js';
import type { PageActions } from '../state/actions.js';
import { type Progress, fraction, valueText } from './progress.js';

/** No assistive technology speaks faster than this, and the native control is dear to write in every frame. */
const saysEachMs = 200;

const percent = (part: number): string => `${(part * 100).toFixed(3)}%`;

export class PositionSlider {
  readonly root: HTMLElement;
  private readonly input: HTMLInputElement;
  private readonly waits = element('div', { class: 'replay-slider-waits' });
  private readonly filled = element('div', { class: 'replay-slider-filled' });
  private readonly thumb = element('div', { class: 'replay-slider-thumb' });
  private track: ReplayTrack | null = null;
  private saidAt = -Infinity;

  constructor(private readonly actions: PageActions) {
    this.input = element('input', { type: 'range', min: '0', step: '1', value: '0' });
    this.input.setAttribute('aria-label', 'Replay position');
    this.input.addEventListener('input', () => actions.moveTo(Number(this.input.value) - 1));
    this.root = element(
      'div',
      { class: 'replay-slider' },
      element('div', { class: 'replay-slider-track' }, this.filled, this.waits),
      this.thumb,
      this.input,
    );
    this.root.addEventListener('pointerdown', (event) => this.drag(event));
  }

  draw(track: ReplayTrack | null, progress: Progress & { readonly playing: boolean }): void {
    if (track !== this.track) this.take(track);
    if (!track) return;
    const part = fraction(track, progress);
    // Moved and not laid out anew, because it happens in every frame of a replay.
    this.filled.style.transform = `scaleX(${part.toFixed(5)})`;
    this.thumb.style.transform = `translateX(${(part * 100).toFixed(3)}cqw)`;
    const now = performance.now();
    if (progress.playing && now - this.saidAt < saysEachMs) return;
    this.saidAt = now;
    this.say(track, progress);
  }

  /** To the keys and to assistive technologies. */
  private say(track: ReplayTrack, progress: Progress): void {
    const value = String(progress.position + 1);
    if (this.input.value !== value) this.input.value = value;
    this.input.setAttribute('aria-valuenow', value);
    this.input.setAttribute('aria-valuetext', valueText(track, progress));
  }

  private take(track: ReplayTrack | null): void {
    this.track = track;
    this.input.disabled = track === null;
    this.input.max = String(track?.offsetUs.length ?? 0);
    this.root.classList.toggle('disabled', track === null);
    if (!track) for (const part of [this.filled, this.thumb]) part.style.transform = '';
    this.waits.replaceChildren(
      ...(track?.quiet ?? []).map((span) => {
        const { fromUs, toUs } = span;
        const isLeftOut = track?.leftOut.includes(span) ?? false;
        const wait = element('div', { class: isLeftOut ? 'left-out' : 'wait' });
        wait.style.left = percent(fromUs / (track?.endUs ?? 1));
        wait.style.width = percent((toUs - fromUs) / (track?.endUs ?? 1));
        return wait;
      }),
    );
  }

  private drag(down: PointerEvent): void {
    if (!this.track || down.button !== 0) return;
    const { pointerId } = down;
    this.root.setPointerCapture(pointerId);
    this.moveToPointer(down);
    // Not the default: that would take the focus away from the input.
    down.preventDefault();
    this.input.focus();
    const move = (event: PointerEvent): void => this.moveToPointer(event);
    const end = (): void => {
      this.root.removeEventListener('pointermove', move);
      this.root.removeEventListener('pointerup', end);
      this.root.removeEventListener('pointercancel', end);
    };
    this.root.addEventListener('pointermove', move);
    this.root.addEventListener('pointerup', end);
    this.root.addEventListener('pointercancel', end);
  }

  private moveToPointer(event: PointerEvent): void {
    if (!this.track) return;
    const box = this.root.getBoundingClientRect();
    const part = Math.max(0, Math.min((event.clientX - box.left) / Math.max(1, box.width), 1));
    if (this.track.isTimed) this.actions.moveToTime(microseconds(part * this.track.endUs));
    else this.actions.moveTo(Math.round(part * this.track.offsetUs.length) - 1);
  }
}
