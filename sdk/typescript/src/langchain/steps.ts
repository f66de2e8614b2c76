/** Chains, tools and retrievers as steps of a run. */
import { type StepType, trace } from '../index.js';
import { fieldsOf, given } from './fields.js';
import { plainValue } from './plainValue.js';
import type { Ending, Recording } from './recordings.js';
import { isAbortError } from './results.js';
import { type Told, chainKind, factsOf, isHidden, nameOf } from './runKind.js';
import { hasFailed, isControlFlow } from './runs.js';

type Place = Recording['place'];

export function beginChain(told: Told, inputs: unknown, parent: Place): Recording {
  if (isHidden(told)) return { place: parent, end: () => undefined };
  const { type, kind } = chainKind(told);
  return beginStep(told, { type, parent, kind, input: plainInput(inputs) });
}

export function beginTool(
  told: Told,
  input: unknown,
  toolCallId: string | undefined,
  parent: Place,
): Recording {
  return beginStep(told, { type: 'tool_call', parent, toolCallId, input: parsedInput(input) });
}

export const beginRetriever = (told: Told, query: unknown, parent: Place): Recording =>
  beginStep(told, { type: 'memory_read', parent, input: query });

interface Beginning {
  readonly type: StepType;
  readonly parent: Place;
  readonly input: unknown;
  readonly kind?: string;
  readonly toolCallId?: string | undefined;
}

function beginStep(told: Told, { type, parent, input, kind, toolCallId }: Beginning): Recording {
  const data = given({ kind, tool_call_id: toolCallId, ...factsOf(told) });
  const step = trace.startStep(type, nameOf(told, type), { input, data, ...given({ parent }) });
  return {
    place: step,
    end: (ending) => {
      if (hasFailed(ending)) step.error(ending.error);
      step.end(
        given({
          input: plainInput(ending.input),
          output: plainOutput(ending),
          status: statusOf(ending),
        }),
      );
    },
  };
}

function statusOf({ isAbandoned, error }: Ending): string | undefined {
  if (isControlFlow(error)) return 'interrupted';
  return isAbandoned || isAbortError(error) ? 'aborted' : undefined;
}

/** Streaming chains say at first that they do not know theirs yet. */
function plainInput(inputs: unknown): unknown {
  const plain = plainValue(inputs);
  const fields = fieldsOf(plain);
  const isUnknown = Object.keys(fields).length === 1 && fields['input'] === '';
  return isUnknown ? undefined : plain;
}

/** Of a tool: what it returned, and not the message around it. Of an interrupt: what a human is asked. */
function plainOutput({ output, error }: Ending): unknown {
  if (error !== undefined) return plainValue(fieldsOf(error)['interrupts']);
  const fields = fieldsOf(output);
  const isToolMessage = 'tool_call_id' in fields && 'content' in fields;
  return plainValue(isToolMessage ? fields['content'] : output);
}

/** LangChain hands the arguments of a tool over as JSON. */
function parsedInput(input: unknown): unknown {
  if (typeof input !== 'string' || !input.startsWith('{')) return plainValue(input);
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
}
