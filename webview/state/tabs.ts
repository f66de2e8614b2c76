/** Which tabs the detail panel has for the selected step. */
import type { PageModel } from './pageModel.js';
import { selectedStep } from './selection.js';

type TabInput = Pick<PageModel, 'run' | 'stepKey' | 'detail' | 'narrow'>;

/** Titles of the tabs in order; "Request", "Raw", … are titles of the step's sections. */
export function tabsOf(model: TabInput): string[] {
  const step = selectedStep(model);
  if (!step) return [];
  const titles = model.detail?.sections.map((section) => section.title);
  if (step.type === 'stage') return ['Statistics', ...(titles ?? [])];
  if (!step.call) return titles ?? [];
  const replay = model.narrow ? ['Replay'] : [];
  // Before the texts are there, the tabs that every call has stand already, so that nothing jumps.
  return [...replay, 'Tokens', 'Statistics', ...(titles ?? ['Request', 'Response', 'Raw'])];
}

/** The chosen tab if the selected step has it, else its first; null when it has none. */
export function shownTab(model: TabInput & Pick<PageModel, 'tab'>): string | null {
  const tabs = tabsOf(model);
  return tabs.includes(model.tab) ? model.tab : (tabs[0] ?? null);
}
