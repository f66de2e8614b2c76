/** The tab "Statistics" of a stage: its own figures, and those of its phases and of the stages in it. */
import { type StageStatistics, stageStatistics } from '../../src/model/stageStatistics.js';
import { element } from '../shell/elements.js';
import { isCutOff, knownEnds } from '../state/openSteps.js';
import type { PageStore } from '../state/pageStore.js';
import { selectedStep } from '../state/selection.js';
import { shownTab } from '../state/tabs.js';
import { FigureTable } from './figureTable.js';
import { PartTable } from './partTable.js';
import { stageFacts, stageFigureRows } from './stageFigures.js';

export function mountStageStatistics(container: HTMLElement, store: PageStore): void {
  const table = new FigureTable('stage');
  const phases = new PartTable('Phases', 'Phase');
  const stages = new PartTable('Stages', 'Stage');
  const scroller = element(
    'div',
    { class: 'statistics-scroller' },
    table.root,
    phases.root,
    stages.root,
  );
  container.append(scroller);
  store.watch(['run', 'stepKey', 'tab', 'narrow', 'nowUs', 'settings'], () => {
    // The figures of a stage that runs change all the time: they are written when someone can see them.
    if (shownTab(store.current) !== 'Statistics') return;
    const { run, nowUs } = store.current;
    const step = selectedStep(store.current);
    scroller.hidden = step?.type !== 'stage';
    if (!run || step?.type !== 'stage') return;
    const ends = knownEnds(run, nowUs);
    const figures: StageStatistics = stageStatistics(run.steps, step, ends);
    const untilNow = ends.has(step.key) ? 'until now' : '';
    const length = isCutOff(step, run) ? 'or longer: nobody recorded its end' : untilNow;
    table.write(stageFigureRows(figures.whole, length), stageFacts(step));
    phases.write(figures.phases);
    stages.write(figures.stages);
  });
}
