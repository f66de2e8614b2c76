/** The toolbar "Replay": transport, speed, skip, slider, and where it stands. */
import { element } from '../shell/elements.js';
import type { PageActions } from '../state/actions.js';
import { isStreaming } from '../state/following.js';
import { type ReplaySpeed, replaySpeeds } from '../state/pageModel.js';
import type { PageStore } from '../state/pageStore.js';
import { createButton, setButtonIcon } from '../toolkit.js';
import type { Player } from './player.js';
import { progressText } from './progress.js';
import { PositionSlider } from './slider.js';

function speedChoice(): HTMLSelectElement {
  const select = element('select', {
    class: 'replay-speed',
    'aria-label': 'Speed',
    title: 'Speed ([ slower, ] faster)',
  });
  select.append(...replaySpeeds.map((speed) => new Option(`${speed}×`, String(speed))));
  return select;
}

function transportButtons(player: Player) {
  return {
    previous: createButton({
      icon: 'debug-reverse-continue',
      label: 'Previous token',
      title: 'Previous token (,)',
      onClick: () => player.step(-1),
    }),
    play: createButton({
      icon: 'play',
      label: 'Play',
      appearance: 'primary',
      onClick: () => player.togglePlaying(),
    }),
    next: createButton({
      icon: 'debug-continue',
      label: 'Next token',
      title: 'Next token (.)',
      onClick: () => player.step(1),
    }),
    stop: createButton({
      icon: 'debug-stop',
      label: 'Stop',
      title: 'Stop (Escape)',
      onClick: () => player.stop(),
    }),
  };
}

export function mountControls(
  container: HTMLElement,
  store: PageStore,
  actions: PageActions,
  player: Player,
): void {
  const { previous, play, next, stop } = transportButtons(player);
  const speed = speedChoice();
  speed.addEventListener('change', () => actions.setSpeed(Number(speed.value) as ReplaySpeed));
  const skip = createButton({
    label: 'Skip stalls',
    title: 'Shorten every stall and long wait to a quarter of a second',
    onClick: () => actions.setSkipStalls(!store.current.skipStalls),
  });
  skip.classList.add('replay-skip');
  const slider = new PositionSlider(actions);
  const status = element('div', {
    class: 'replay-progress',
    role: 'status',
    'aria-label': 'Replay progress',
  });
  container.setAttribute('role', 'toolbar');
  container.setAttribute('aria-label', 'Replay');
  container.append(previous, play, next, stop, speed, skip, slider.root, status);

  const drawButtons = (): void => {
    const { playing, speed: current, skipStalls } = store.current;
    const name = playing ? 'Pause' : 'Play';
    if (play.ariaLabel !== name) {
      setButtonIcon(play, playing ? 'debug-pause' : 'play', name);
      play.title = `${name} (Space)`;
    }
    for (const control of [previous, play, next, stop, skip, speed]) {
      control.disabled = player.track === null;
    }
    speed.value = String(current);
    skip.ariaPressed = String(skipStalls);
    // What changes by itself is not to be read out each time.
    const changesByItself = playing || isStreaming(store.current);
    status.setAttribute('aria-live', changesByItself ? 'off' : 'polite');
  };
  const drawProgress = (): void => {
    const { track } = player;
    slider.draw(track, store.current);
    const text = track ? progressText(track, store.current) : 'No tokens to replay';
    if (status.textContent !== text) status.textContent = text;
  };
  store.watch(['playing', 'speed', 'skipStalls', 'tokens', 'run', 'stepKey'], drawButtons);
  store.watch(['position', 'timeUs', 'playing', 'tokens', 'run', 'stepKey'], drawProgress);
}
