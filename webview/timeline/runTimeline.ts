/** The region "Run timeline": a row for every call and step, time to the right. */
import { hasTimes } from '../../src/model/replay.js';
import type { Step, StepKey } from '../../src/model/trace.js';
import { type Microseconds, microseconds } from '../../src/model/units.js';
import { element, icon } from '../shell/elements.js';
import { type Theme, watchTheme } from '../shell/theme.js';
import { Tooltip } from '../shell/tooltip.js';
import type { PageActions } from '../state/actions.js';
import type { Span } from '../state/pageModel.js';
import type { PageStore } from '../state/pageStore.js';
import { selectedStep } from '../state/selection.js';
import { createButton } from '../toolkit.js';
import { type TimeScale, timeScale } from './axis.js';
import { Canvas } from './canvas.js';
import { listenToPointers, listenToWheel, pressZoomKey } from './runInteraction.js';
import { RunLabels } from './runLabels.js';
import { axisHeight, markAt, rowHeight, rowMarks } from './runLayout.js';
import { paintRun } from './runPaint.js';
import { RunRates, ratesOfCall, strongestRate } from './runRates.js';
import { rowKeyEffect } from './runRowKeys.js';
import { type RunRow, rowOfStep, runRows } from './runRows.js';
import { lanesAround } from './runTree.js';
import { markText } from './runWords.js';
import { createRunJump } from './runJump.js';
import { mountSplitter } from './splitter.js';
import { isSame, panned, within } from './viewport.js';

export function mountRunTimeline(
  container: HTMLElement,
  store: PageStore,
  actions: PageActions,
): void {
  new RunTimeline(container, store, actions);
}

/** Closer would be closer than any clock. */
const shortestUs = 1_000;
/** A pointer need not be nearer than this to a mark. */
const reach = 3;
const rowsBeyondSight = 10;

class RunTimeline {
  private readonly legend = element('div', { class: 'run-legend' });
  private readonly scroller = element('div', { class: 'run-scroller' });
  private readonly cursor = element('div', { class: 'run-cursor' });
  private readonly noMatch: HTMLElement;
  private readonly plot: HTMLElement;
  private readonly canvas: Canvas;
  private readonly labels: RunLabels;
  private readonly rates: RunRates;
  private readonly tooltip = new Tooltip();
  private theme: Theme | null = null;
  private rows: readonly RunRow[] = [];
  private selectedRow = -1;
  private hoveredRow = -1;
  private strongestRate = 0;
  private legendWords = '';
  /** What of the rows is in sight: kept, because to ask for it after a change lays the page out anew. */
  private sight = { scrollTop: 0, clientHeight: 0 };
  /** For which step and filter the selected row was scrolled into view. */
  private revealed = '';

  constructor(
    container: HTMLElement,
    private readonly store: PageStore,
    private readonly actions: PageActions,
  ) {
    container.setAttribute('aria-label', 'Run timeline');
    this.labels = new RunLabels({
      select: ({ step }) => actions.selectStep(step.key),
      toggle: (row) => this.toggle(row),
    });
    this.rates = new RunRates(
      (params, signal) => actions.rates(params, signal),
      () => this.paint(),
    );
    const picture = element('canvas', { 'aria-hidden': 'true' });
    this.plot = element('div', { class: 'run-plot' }, picture, this.cursor);
    this.noMatch = this.createNoMatch();
    const column = element('div', { class: 'run-column' }, this.legend, this.labels.root);
    this.scroller.append(column, this.plot);
    container.append(this.scroller, this.noMatch, createRunJump(store, actions));
    mountSplitter(container, this.scroller, store, actions);
    this.canvas = new Canvas(picture, () => this.draw());

    this.listen(container);
    watchTheme((theme) => {
      this.theme = theme;
      this.paint();
    });
    store.watch(['run', 'rowFilter', 'collapsed', 'nowUs'], () => this.takeRows());
    store.watch(['stepKey'], () => this.takeSelection());
    store.watch(['runView'], () => this.paint());
    store.watch(['tokens', 'position', 'timeUs', 'runView', 'stepKey'], () => this.placeCursor());
  }

  private listen(container: HTMLElement): void {
    const gestures = {
      surface: () => {
        const whole = this.whole();
        const view = this.view();
        return whole && view
          ? {
              scale: this.scale(view),
              view,
              whole,
              shortest: shortestUs,
              cursorUs: this.cursorUs(),
            }
          : null;
      },
      setView: (view: Span | null) => this.setView(view),
      canScroll: () => this.scroller.scrollHeight > this.scroller.clientHeight + 1,
      click: (event: PointerEvent) => this.click(event),
      hover: (event: PointerEvent | null) => this.hover(event),
    };
    listenToWheel(this.plot, gestures);
    listenToPointers(this.plot, gestures);
    this.scroller.addEventListener('scroll', () => this.draw());
    container.addEventListener('keydown', (event) => {
      if (this.pressRowKey(event) || pressZoomKey(event, gestures)) event.preventDefault();
    });
  }

  private whole(): Span | null {
    const { run, nowUs } = this.store.current;
    return (
      run && { fromUs: microseconds(0), toUs: microseconds(Math.max(nowUs ?? 0, run.lengthUs)) }
    );
  }

  private view(): Span | null {
    const whole = this.whole();
    if (!whole) return null;
    const { runView, runFollows, nowUs } = this.store.current;
    if (!runView) return whole;
    const isMoving = runFollows && nowUs !== null;
    return isMoving ? panned(runView, whole, whole.toUs - runView.toUs) : within(runView, whole);
  }

  private setView(view: Span | null): void {
    const whole = this.whole();
    if (!view || !whole || isSame(view, whole)) return this.actions.setRunView(null);
    const isAtNewest = this.store.current.nowUs !== null && view.toUs >= whole.toUs;
    this.actions.setRunView(view, isAtNewest);
  }

  private scale(view: Span): TimeScale {
    return timeScale(view, this.canvas.size.width);
  }

  private takeRows(): void {
    const { run, rowFilter, nowUs, collapsed } = this.store.current;
    const countBefore = this.rows.length;
    this.rows = run ? runRows(run, rowFilter, nowUs, collapsed) : [];
    this.strongestRate = run ? strongestRate(run) : 0;
    this.noMatch.hidden = !run || this.rows.length > 0 || rowFilter === '';
    this.drawLegend();
    this.takeSelection(this.rows.length !== countBefore);
  }

  private takeSelection(hasOtherSize = true): void {
    const { stepKey, rowFilter } = this.store.current;
    this.selectedRow = rowOfStep(this.rows, stepKey);
    this.labels.setRows(this.rows, this.selectedRow);
    // Not when only the data are new: the user may have scrolled away.
    const revealed = JSON.stringify([selectedStep(this.store.current)?.id, rowFilter]);
    if (revealed !== this.revealed) {
      // Comes here again with the row.
      if (this.openAround(stepKey)) return;
      this.reveal(this.selectedRow);
    }
    const isMoved = hasOtherSize || revealed !== this.revealed;
    this.revealed = revealed;
    if (isMoved) this.draw();
    else this.drawSight();
  }

  /** What is selected has a row: opens the lanes that it is in. False where there is nothing to open. */
  private openAround(key: StepKey | null): boolean {
    const { run, rowFilter, collapsed } = this.store.current;
    if (!run || key === null || this.selectedRow >= 0 || rowFilter.trim() !== '') return false;
    const closed = lanesAround(run.steps, key).filter(({ id }) => collapsed.includes(id));
    if (closed.length === 0) return false;
    this.actions.setCollapsed(
      closed.map(({ id }) => id),
      false,
    );
    return true;
  }

  /** Closes the lane, or opens it; what is closed with it cannot stay selected. */
  private toggle({ step, isOpen }: RunRow): void {
    const { run, stepKey } = this.store.current;
    if (isOpen === null || !run) return;
    const isAround =
      stepKey !== null && lanesAround(run.steps, stepKey).some(({ key }) => key === step.key);
    if (isOpen && isAround) this.actions.selectStep(step.key);
    this.actions.setCollapsed([step.id], isOpen);
  }

  /** Scrolls no more than is needed to see the row. */
  private reveal(row: number): void {
    if (row < 0) return;
    const top = row * rowHeight;
    const height = this.scroller.clientHeight - axisHeight;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    else if (top + rowHeight > this.scroller.scrollTop + height) {
      this.scroller.scrollTop = top + rowHeight - height;
    }
  }

  /** Labels and picture; after scrolling and when the rows or the size changed. */
  private draw(): void {
    const { scrollTop, clientHeight } = this.scroller;
    this.sight = { scrollTop, clientHeight };
    this.drawSight();
  }

  private drawSight(): void {
    const { scrollTop, clientHeight } = this.sight;
    this.labels.draw(scrollTop, scrollTop + clientHeight);
    this.paint();
    this.placeCursor();
  }

  private paint(): void {
    const { run } = this.store.current;
    const view = this.view();
    const { theme } = this;
    if (!theme || this.canvas.size.width === 0) return;
    if (!run || !view) {
      this.canvas.draw(() => undefined);
      return;
    }
    const { scrollTop } = this.sight;
    this.rates.want({
      run,
      calls: this.callsInSight(),
      view,
      pixels: this.canvas.size.width,
    });
    this.canvas.draw((context, size) => {
      const scene = {
        rows: this.rows,
        scale: this.scale(view),
        scrollTop,
        selectedRow: this.selectedRow,
        hoveredRow: this.hoveredRow,
        rates: this.rates.of(run),
        strongestRate: this.strongestRate,
      };
      paintRun(context, size, scene, theme);
    });
  }

  /** Rates of a few rows more than can be seen, so that scrolling finds them there. */
  private callsInSight(): Step[] {
    const { scrollTop, clientHeight } = this.sight;
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - rowsBeyondSight);
    const end = Math.ceil((scrollTop + clientHeight) / rowHeight) + rowsBeyondSight;
    return this.rows
      .slice(first, end)
      .filter(({ step }) => (step.call?.storedTokens ?? 0) > 0)
      .map(({ step }) => step);
  }

  /** Where the current token is, µs since the run's start. */
  private cursorUs(): Microseconds | null {
    const { tokens, timeUs, position } = this.store.current;
    const step = selectedStep(this.store.current);
    if (!step?.call || !tokens || !hasTimes(tokens, step.call.clockSource)) return null;
    return position < 0 && timeUs === 0 ? null : microseconds(step.startUs + timeUs);
  }

  /** An element of its own, so that a replay need not paint the rows in every frame. */
  private placeCursor(): void {
    const cursorUs = this.cursorUs();
    const view = this.view();
    const isInView =
      cursorUs !== null && view !== null && cursorUs >= view.fromUs && cursorUs <= view.toUs;
    this.cursor.hidden = !isInView;
    if (!isInView) return;
    this.cursor.style.transform = `translateX(${Math.round(this.scale(view)(cursorUs))}px)`;
  }

  private drawLegend(): void {
    const { run } = this.store.current;
    const hasRates = run?.steps.some(({ call }) => (call?.metrics.ttftUs ?? null) !== null);
    const strongest = run && hasRates ? `${this.strongestRate.toLocaleString('en')} tok/s` : '';
    if (strongest === this.legendWords) return;
    this.legendWords = strongest;
    this.legend.replaceChildren();
    if (strongest === '') return;
    this.legend.title = 'Colour of a bar: tokens per second along the call';
    this.legend.append(
      element('span', {}, '0'),
      element('span', { class: 'run-legend-colours' }),
      element('span', {}, strongest),
    );
  }

  private createNoMatch(): HTMLElement {
    const clear = createButton({
      label: 'Clear Filter',
      onClick: () => this.actions.setRowFilter(''),
    });
    const sentence = element('span', { role: 'status' }, 'No call or step matches the filter.');
    return element('div', { class: 'run-no-match' }, icon('search'), sentence, clear);
  }

  private rowAt(event: PointerEvent): number {
    const y = event.clientY - this.plot.getBoundingClientRect().top - axisHeight;
    const row = Math.floor((y + this.scroller.scrollTop) / rowHeight);
    return y >= 0 && row < this.rows.length ? row : -1;
  }

  private timeAt(event: PointerEvent, view: Span): number {
    return this.scale(view).invert(event.clientX - this.plot.getBoundingClientRect().left);
  }

  /** Selects the row, and goes to the moment if the call had begun then. */
  private click(event: PointerEvent): void {
    const row = this.rows[this.rowAt(event)];
    const view = this.view();
    if (!row || !view) return;
    const { startUs, call, key } = row.step;
    const atUs = microseconds(this.timeAt(event, view) - startUs);
    const { ttftUs, lastTokenUs } = call?.metrics ?? {};
    const isInCall = atUs >= 0 && (ttftUs ?? null) !== null && atUs <= (lastTokenUs ?? 0);
    this.actions.selectStep(key, isInCall ? { atUs } : {});
    this.labels.focus(this.rowAt(event));
  }

  private hover(event: PointerEvent | null): void {
    const hoveredRow = event ? this.rowAt(event) : -1;
    if (hoveredRow !== this.hoveredRow) {
      this.hoveredRow = hoveredRow;
      this.paint();
    }
    const text = event && this.hoverText(event, hoveredRow);
    if (event && text !== null) this.tooltip.show(text, event);
    else this.tooltip.hide();
  }

  private hoverText(event: PointerEvent, index: number): string | null {
    const row = this.rows[index];
    const view = this.view();
    const { run } = this.store.current;
    if (!row || !view || !run) return null;
    const scale = this.scale(view);
    const timeUs = this.timeAt(event, view);
    const mark = markAt(rowMarks(row, this.rows, scale), scale(timeUs), reach);
    const rate = ratesOfCall(this.rates.of(run), row.step.key)?.(timeUs) ?? null;
    return mark && markText(row, mark, timeUs, rate);
  }

  /** Among the rows; Enter is the button's own, space plays the selected call. */
  private pressRowKey(event: KeyboardEvent): boolean {
    const focused = this.labels.focused();
    if (focused < 0) return false;
    if (event.key === ' ' && focused === this.selectedRow && this.store.current.tokens) {
      this.actions.setPlaying(!this.store.current.playing);
      return true;
    }
    const isSideways = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
    if (isSideways && (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey))
      return false;
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / rowHeight) - 2);
    const canPan = this.store.current.runView !== null;
    const effect = rowKeyEffect(event.key, this.rows, focused, page, canPan);
    const row = effect && this.rows[effect.row];
    if (!effect || !row) return false;
    if (effect.kind === 'toggle') {
      this.toggle(row);
      return true;
    }
    this.reveal(effect.row);
    this.labels.focus(effect.row);
    this.draw();
    return true;
  }
}
