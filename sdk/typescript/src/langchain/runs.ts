/** The root of what LangChain runs, where no run of the trace is open around it. */
import { trace } from '../index.js';
import { type Fields, fieldsOf, firstText, given } from './fields.js';
import type { Ending, Recording } from './recordings.js';
import { type Told, nameOf } from './runKind.js';

export function beginRun(told: Told, beginWithin: BeginWithin): Recording {
  const run = trace.startRun(nameOf(told), idsIn(told.metadata));
  const recording = beginWithin(run);
  return {
    ...recording,
    end: (ending) => {
      recording.end(ending);
      run.end(hasFailed(ending) || ending.isAbandoned ? 'failed' : 'completed');
    },
  };
}

/** @param parent undefined: what is open around. */
export type BeginWithin = (parent: Recording['place']) => Recording;

export const hasFailed = ({ error }: Ending): boolean =>
  error !== undefined && !isControlFlow(error);

/** LangGraph throws to hand over to another node or to ask a human: nothing has failed then. */
export const isControlFlow = (error: unknown): boolean => fieldsOf(error)['is_bubble_up'] === true;

/** As LangGraph and LangSmith name them. */
const idsIn = (metadata: Fields) =>
  given({
    sessionId: firstText(
      ...[metadata['session_id'], metadata['thread_id'], metadata['conversation_id']],
    ),
    userId: firstText(metadata['user_id']),
  });
