/** Following a call that streams: its newest token is the current one, until the user looks elsewhere. */
import { type TokenColumns, tokenTime } from '../../src/model/tokens.js';
import { microseconds } from '../../src/model/units.js';
import type { PageModel } from './pageModel.js';
import { selectedStep } from './selection.js';

export const isStreaming = (model: Pick<PageModel, 'run' | 'stepKey'>): boolean =>
  selectedStep(model)?.call?.state === 'streaming';

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
