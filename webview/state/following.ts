/** Following a call that streams: its newest token is the current one, until the user looks elsewhere. */
import { type TokenColumns, tokenTime } from '../../src/model/tokens.js';
import type { Step, StepKey } from '../../src/model/trace.js';
import { microseconds } from '../../src/model/units.js';
import type { PageModel } from './pageModel.js';
import { newestStreaming, selectedStep } from './selection.js';

export const isStreaming = (model: Pick<PageModel, 'run' | 'stepKey'>): boolean =>
  selectedStep(model)?.call?.state === 'streaming';

/**
 * Goes from call to call of a run that goes on. One that streams is never left; when it has ended, one that began
 * later takes its place, unless the user has looked elsewhere meanwhile or has chosen an older call.
 */
export class FollowedCalls {
  /** Of the call that was the newest one while it was followed. */
  private stepId: string | null = null;

  /** Is told whenever one of these changes. */
  note(model: Pick<PageModel, 'run' | 'stepKey' | 'following'>): void {
    const step = selectedStep(model);
    if (!model.following || step?.id !== this.stepId) this.stepId = null;
    if (!model.following || !model.run || !isStreaming(model)) return;
    if (step && step === newestStreaming(model.run.steps)) this.stepId = step.id;
  }

  /**
   * The call to go to, among the newest steps of the run; null to stay.
   * @param collapsed ids of the steps that the user has closed: what is in them is not gone to
   */
  next(steps: readonly Step[], collapsed: readonly string[] = []): StepKey | null {
    const current = steps.find(({ id }) => id === this.stepId);
    if (!current || current.call?.state === 'streaming') return null;
    const newest = newestStreaming(inSight(steps, new Set(collapsed)));
    return newest && newest.startUs > current.startUs ? newest.key : null;
  }
}

/** @param steps parents before what is in them */
function inSight(steps: readonly Step[], collapsed: ReadonlySet<string>): readonly Step[] {
  if (collapsed.size === 0) return steps;
  const hidden = new Set<StepKey>();
  const closed = new Set(steps.filter(({ id }) => collapsed.has(id)).map(({ key }) => key));
  return steps.filter(({ key, parentKey }) => {
    const isHidden = parentKey !== null && (closed.has(parentKey) || hidden.has(parentKey));
    if (isHidden) hidden.add(key);
    return !isHidden;
  });
}

/** The place of the newest token. */
export function newest(tokens: TokenColumns): Pick<PageModel, 'position' | 'timeUs'> {
  const position = tokens.count - 1;
  return { position, timeUs: position < 0 ? microseconds(0) : tokenTime(tokens, position) };
}

/**
 * Whether new tokens take the position along. Also those that come with the end of the call, so that a
 * reader who saw all of them sees the last ones.
 */
export function takesAlong(
  model: Pick<PageModel, 'run' | 'stepKey' | 'following' | 'tokens' | 'position'>,
): boolean {
  const { following, tokens, position } = model;
  const isAtNewest = tokens !== null && position === tokens.count - 1;
  return following && (isStreaming(model) || isAtNewest);
}
