import type { TraceErrorCode } from '../protocol/errors.js';
import type { PageAction } from '../protocol/pageMessages.js';

const actions: Readonly<Record<TraceErrorCode, readonly PageAction[]>> = {
  'not-found': ['retry'],
  'no-permission': ['retry'],
  empty: ['retry', 'openAsText'],
  'not-a-database': ['openAsText', 'retry'],
  'not-a-trace': ['retry', 'showLog'],
  corrupt: ['retry', 'showLog'],
  'too-large': ['retry'],
  'confirm-size': ['openLarge'],
  'too-new': ['retry'],
  busy: ['retry'],
  'key-needed': ['enterKey'],
  'key-wrong': ['enterKey'],
  cancelled: ['retry'],
  timeout: ['retry', 'showLog'],
  closed: ['retry', 'showLog'],
  invalid: ['retry', 'showLog'],
  internal: ['retry', 'showLog'],
};

/** What the page offers when a trace could not be opened, the likeliest first. */
export const actionsFor = (code: TraceErrorCode): readonly PageAction[] => actions[code];
