/** What a step's row says beside its name. */
import type { Step, StepType } from '../../model/trace.js';
import { memberOf } from '../../store/rowValues.js';
import { type JsonObject, asObject, textField } from './json.js';

const longestSummary = 200;

/** One line: an error's message, a hand-off's reason, the beginning of a message or answer. */
export function summaryOf(type: StepType, event: JsonObject): string {
  const output = asObject(memberOf(event, 'output'));
  const error = textField(event, 'error_message') ?? (output && textField(output, 'error_message'));
  return oneLine(error ?? textField(event, summaryFields[type] ?? '') ?? '');
}

const summaryFields: Partial<Record<StepType, string>> = {
  final_answer: 'answer',
  agent_spawn: 'agent_role',
  agent_join: 'group_name',
  agent_leave: 'reason',
  agent_communication: 'message_content',
  agent_handoff: 'handoff_reason',
  task_assignment: 'priority',
  task_completion: 'result',
};

/** The agents of a hand-off, message or assignment, by name, else by id; a message to nobody is for all. */
export function betweenOf(type: StepType, event: JsonObject): Step['between'] {
  switch (type) {
    case 'agent_handoff':
    case 'agent_communication': {
      const from = agent(event, 'from_agent');
      const to = agent(event, 'to_agent') ?? (type === 'agent_communication' ? 'All' : null);
      return from === null || to === null ? null : { from, to };
    }
    case 'task_assignment': {
      const from = textField(event, 'assigned_by_agent_id');
      const to = agent(event, 'assigned_to_agent');
      return from === null || to === null ? null : { from, to };
    }
    default:
      return null;
  }
}

function agent(event: JsonObject, role: string): string | null {
  return textField(event, `${role}_name`) ?? textField(event, `${role}_id`);
}

/** White space as single blanks, cut to a row's length without tearing a surrogate pair apart. */
function oneLine(text: string): string {
  const line = text
    .slice(0, longestSummary * 4)
    .replace(/\s+/g, ' ')
    .trim();
  if (line.length <= longestSummary) return line;
  return `${line.slice(0, longestSummary - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
