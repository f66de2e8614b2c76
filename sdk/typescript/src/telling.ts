/** What an agent tells of itself, that has no length. */
import type { Trace } from './api.js';
import type { Destinations } from './destinations.js';
import { type ToldEvent, putError, putEvent } from './events.js';
import { textOf } from './texts.js';
import { safely } from './warnings.js';

type Told = Pick<
  Trace,
  | 'memoryRead'
  | 'memoryWrite'
  | 'error'
  | 'finalAnswer'
  | 'agentSpawn'
  | 'agentJoin'
  | 'agentLeave'
  | 'agentCommunication'
  | 'agentHandoff'
  | 'taskAssignment'
  | 'taskCompletion'
  | 'event'
>;

export function telling(destinations: Destinations): Told {
  const tell = (event: ToldEvent): void =>
    safely(undefined, () => {
      const place = destinations.placeFor(undefined);
      if (place) putEvent(place, event);
    });

  return {
    memoryRead: (key, value, data) =>
      tell({ type: 'memory_read', name: key, known: { input: { key }, output: value }, data }),
    memoryWrite: (key, value, data) =>
      tell({ type: 'memory_write', name: key, known: { input: { key, value } }, data }),
    error: (error, data) =>
      safely(undefined, () => {
        const place = destinations.placeFor(undefined);
        if (place) putError(place, error, data);
      }),
    finalAnswer: (answer, data) =>
      tell({ type: 'final_answer', name: 'final answer', known: { output: answer }, data }),
    agentSpawn: (name, data) => tell({ type: 'agent_spawn', name, data }),
    agentJoin: (name, data) => tell({ type: 'agent_join', name, data }),
    agentLeave: (name, data) => tell({ type: 'agent_leave', name, data }),
    agentCommunication: (from, to, message, data) =>
      tell({
        ...{ type: 'agent_communication', name: `message to ${agentName(to)}` },
        ...{ known: { from, to, message }, data },
      }),
    agentHandoff: (from, to, reason, data) =>
      tell({
        ...{ type: 'agent_handoff', name: `hand-off to ${agentName(to)}` },
        ...{ known: { from, to, reason }, data },
      }),
    taskAssignment: (name, to, data) =>
      tell({ type: 'task_assignment', name, known: { to }, data }),
    taskCompletion: (name, data) => tell({ type: 'task_completion', name, data }),
    event: (name, data) => tell({ type: 'custom', name, data }),
  };
}

const agentName = (name: unknown): string => textOf(name, "An agent's name") ?? 'an agent';
