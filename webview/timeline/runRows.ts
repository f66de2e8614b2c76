/** Which rows the run timeline has, and what their labels say. */
import { callLabel, formatDuration } from '../../src/model/formatting.js';
import { readableText } from '../shell/visibleText.js';
import type { RunDetail, Step, StepKey, StepType } from '../../src/model/trace.js';
import type { Microseconds } from '../../src/model/units.js';
import { isCutOff, knownEnds } from '../state/openSteps.js';
import { waitingUs } from '../state/waiting.js';
import { insideWords } from './runBand.js';
import { type NextStage, nextStages, progressWords, stageWords } from './runStages.js';
import { isLane, runTree } from './runTree.js';

export interface RunRow {
  readonly step: Step;
  readonly name: string;
  /** What kind of step it is, in words. */
  readonly typeLabel: string;
  /** "45 tokens, 19.5 tok/s", "86 ms", …; empty when there is nothing to say. */
  readonly figures: string;
  /** How long nothing has come of a call that streams, µs; null where there is nothing to wait for. */
  readonly waitingUs: Microseconds | null;
  /** Of a step whose length is not known: until when it has gone on at least, µs since the run's start. */
  readonly untilUs: Microseconds | null;
  /** Its end never came, and will not. */
  readonly isCutOff: boolean;
  /** Name of a codicon. */
  readonly icon: string;
  /** The row of the agent that a hand-off went to. */
  readonly handsOffTo: number | null;
  /** Of a lane that can be closed and opened; else null. */
  readonly isOpen: boolean | null;
  /** All that is in a closed lane; empty for every other row. */
  readonly inside: readonly Step[];
  readonly nextStage: NextStage | null;
  /** What can be seen of a stage's bar, in words; empty for other steps. */
  readonly stageWords: string;
}

interface TypeLook {
  readonly icon: string;
  readonly label: string;
}

export const typeLooks: Readonly<Record<StepType, TypeLook>> = {
  llm_call: { icon: 'sparkle', label: 'LLM call' },
  tool_call: { icon: 'tools', label: 'tool call' },
  memory_read: { icon: 'database', label: 'memory read' },
  memory_write: { icon: 'save', label: 'memory write' },
  error: { icon: 'error', label: 'error' },
  final_answer: { icon: 'pass', label: 'final answer' },
  custom: { icon: 'symbol-event', label: 'event' },
  run_start: { icon: 'debug-start', label: 'run start' },
  run_end: { icon: 'debug-stop', label: 'run end' },
  agent_spawn: { icon: 'person-add', label: 'agent spawned' },
  agent_join: { icon: 'sign-in', label: 'agent joined' },
  agent_leave: { icon: 'sign-out', label: 'agent left' },
  agent_communication: { icon: 'comment', label: 'message' },
  agent_handoff: { icon: 'arrow-right', label: 'hand-off' },
  task_assignment: { icon: 'tasklist', label: 'task assigned' },
  task_completion: { icon: 'checklist', label: 'task completed' },
  agent: { icon: 'hubot', label: 'agent' },
  stage: { icon: 'layers', label: 'stage' },
};

/** Names come from outside and may be of any length. */
const longestText = 200;
const agentTypes: ReadonlySet<StepType> = new Set(['agent', 'agent_spawn', 'agent_join']);

/**
 * The run's steps that are in no closed lane; or, where there is a filter, all those whose label contains it,
 * whatever its case.
 */
export function runRows(
  run: RunDetail,
  filter: string,
  nowUs: Microseconds | null = null,
  collapsed: readonly string[] = [],
): RunRow[] {
  const wanted = filter.trim().toLowerCase();
  const isFiltered = wanted !== '';
  const { shown, lanes } = runTree(run.steps, new Set(isFiltered ? [] : collapsed));
  const rows = shown
    .map(labelled)
    .filter(
      (row) =>
        !isFiltered || `${row.name} ${row.typeLabel} ${row.figures}`.toLowerCase().includes(wanted),
    );
  const agents = agentRows(rows);
  const ends = knownEnds(run, nowUs);
  const next = isFiltered ? new Map<StepKey, NextStage>() : nextStages(rows, ends);
  return rows.map((row): RunRow => {
    // Written out and not spread: thousands are made ten times a second, and a spread takes several times as long.
    const { step, name, typeLabel, icon } = row;
    const lane = isFiltered ? undefined : lanes.get(step.key);
    const nextStage = next.get(step.key) ?? null;
    const cutOff = isCutOff(step, run);
    const untilUs = ends.get(step.key) ?? null;
    return {
      step,
      name,
      typeLabel,
      icon,
      figures: figuresWith(cutOff ? cutOffWords(step) : row.figures, step, lane?.inside),
      isCutOff: cutOff,
      untilUs,
      waitingUs: waitingUs(step, nowUs),
      handsOffTo: targetOf(step, agents),
      isOpen: lane?.isOpen ?? null,
      inside: lane?.inside ?? [],
      nextStage,
      stageWords: step.type === 'stage' ? stageWords(step, untilUs !== null, nextStage) : '',
    };
  });
}

/** Of a closed lane, what is in it besides. */
function figuresWith(figures: string, step: Step, inside: readonly Step[] = []): string {
  const words = insideWords(inside);
  if (words === '') return figures;
  return figures === step.type ? words : `${figures}, ${words}`;
}

/** It was interrupted with the capture, or its run ended without it. */
export function cutOffWords(step: Step): string {
  const words = step.status === 'running' ? 'not ended' : 'interrupted';
  const progress = progressWords(step);
  return progress === null ? words : `${words} at ${progress}`;
}

type Labelled = Pick<RunRow, 'step' | 'name' | 'typeLabel' | 'figures' | 'icon'>;

/** Of a run that grows, most steps stay the same objects. */
const known = new WeakMap<Step, Labelled>();

function labelled(step: Step): Labelled {
  const label = known.get(step) ?? newLabel(step);
  known.set(step, label);
  return label;
}

function newLabel(step: Step): Labelled {
  const look = typeLooks[step.type];
  return {
    step,
    name: cut((step.call?.model ?? step.name) || look.label),
    typeLabel: look.label,
    figures: cut(figuresOf(step)),
    icon: step.failed ? 'error' : look.icon,
  };
}

function figuresOf(step: Step): string {
  if (step.call) return callLabel(step.call);
  if (step.failed) return step.summary || 'failed';
  const hasLength = step.durationUs !== null && step.durationUs > 0;
  const length = hasLength && step.type !== 'agent' ? formatDuration(step.durationUs) : '';
  const status = step.status ?? '';
  if (!usualStatuses.has(status.toLowerCase())) {
    const progress = step.durationUs === null ? progressWords(step) : null;
    return [length, status, progress].filter(Boolean).join(', ');
  }
  return length || (isLane(step) ? step.type : step.summary);
}

/** What goes without saying. */
const usualStatuses: ReadonlySet<string> = new Set(['', 'completed', 'success', 'ok', 'done']);

const cut = (text: string): string =>
  readableText(text.length > longestText ? `${text.slice(0, longestText)}…` : text);

interface AgentRow {
  readonly row: number;
  readonly step: Step;
}

function agentRows(
  rows: readonly { readonly step: Step }[],
): ReadonlyMap<string, readonly AgentRow[]> {
  const agents = new Map<string, AgentRow[]>();
  rows.forEach(({ step }, row) => {
    if (!agentTypes.has(step.type)) return;
    const named = agents.get(step.name);
    if (named) named.push({ row, step });
    else agents.set(step.name, [{ row, step }]);
  });
  return agents;
}

/** The first row of the agent that begins after the hand-off; one that runs already when there is none. */
function targetOf(
  { type, between, startUs }: Step,
  agents: ReadonlyMap<string, readonly AgentRow[]>,
): number | null {
  if (type !== 'agent_handoff' || between === null) return null;
  const candidates = agents.get(between.to) ?? [];
  const next = candidates.find(({ step }) => step.startUs >= startUs) ?? candidates.at(-1);
  return next?.row ?? null;
}

export const rowOfStep = (rows: readonly RunRow[], key: StepKey | null): number =>
  key === null ? -1 : rows.findIndex(({ step }) => step.key === key);
