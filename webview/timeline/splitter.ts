/** The border below the run timeline: dragged, or moved with the arrow keys, it gives the rows more room. */
import { element } from '../shell/elements.js';
import type { PageActions } from '../state/actions.js';
import type { PageStore } from '../state/pageStore.js';
import { axisHeight, rowHeight } from './runLayout.js';

const lowest = axisHeight + 2 * rowHeight;
/** What stays for the selected step. */
const leftForDetail = 240;

export function mountSplitter(
  container: HTMLElement,
  resized: HTMLElement,
  store: PageStore,
  actions: PageActions,
): void {
  const splitter = element('div', {
    class: 'run-splitter',
    role: 'separator',
    tabindex: '0',
    'aria-label': 'Height of the run timeline',
    'aria-orientation': 'horizontal',
    title: 'Drag to resize, double-click to fit',
  });
  container.append(splitter);

  const highest = (): number => Math.max(lowest, window.innerHeight - leftForDetail);
  const resize = (height: number): void =>
    actions.setRunHeight(Math.round(Math.max(lowest, Math.min(height, highest()))));

  store.watch(['runHeight', 'run', 'rowFilter'], () => {
    const { runHeight } = store.current;
    resized.style.maxHeight = runHeight === null ? '' : `${runHeight}px`;
    splitter.setAttribute('aria-valuemin', String(lowest));
    splitter.setAttribute('aria-valuemax', String(highest()));
    splitter.setAttribute('aria-valuenow', String(resized.offsetHeight));
  });
  splitter.addEventListener('pointerdown', (event) => splitter.setPointerCapture(event.pointerId));
  splitter.addEventListener('pointermove', (event) => {
    if (!splitter.hasPointerCapture(event.pointerId)) return;
    resize(event.clientY - resized.getBoundingClientRect().top);
  });
  splitter.addEventListener('dblclick', () => actions.setRunHeight(null));
  splitter.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    event.stopPropagation();
    resize(resized.offsetHeight + (event.key === 'ArrowDown' ? rowHeight : -rowHeight));
  });
}
