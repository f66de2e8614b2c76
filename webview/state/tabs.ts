/** Which tabs the detail panel has for the selected step. */
import type { PageModel } from './pageModel.js';
import { selectedStep } from './selection.js';

type TabInput = Pick<PageModel, 'run' | 'stepKey' | 'detail' | 'narrow'>;

/** Titles of the tabs in order; "Request", "Raw", … are titles of the step's sections. */
export function tabsOf(model: TabInput): string[] {
  const step = selectedStep(model);
  if (!step) return [];
  if (!step.call) return model.detail?.sections.map((section) => section.title) ?? [];
  const replay = model.narrow ? ['Replay'] : [];
  return [...replay, 'Tokens', 'Statistics', ...callSections(model)];
}

/** Before the texts are there, the tabs that every call has stand already, so that nothing jumps. */
function callSections(model: TabInput): string[] {
  return model.detail?.sections.map((section) => section.title) ?? ['Request', 'Response', 'Raw'];
}

/** The chosen tab if the selected step has it, else its first; null when it has none. */
export function shownTab(model: TabInput & Pick<PageModel, 'tab'>): string | null {
  const tabs = tabsOf(model);
  return tabs.includes(model.tab) ? model.tab : (tabs[0] ?? null);
}
