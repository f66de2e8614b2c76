/** The texts of a step's detail views. */
import type { StepSection, StepType } from '../../model/trace.js';
import { memberOf } from '../../store/rowValues.js';
import { stepSection, valueSection } from '../../store/stepSections.js';
import { type JsonObject, asObject, textField } from './json.js';

/** Request, Response and Raw of a call. The recorder keeps the prompt and the answer, not the wire's JSON. */
export function callSections(
  event: JsonObject,
  raw: string,
  textOfTokens: () => string,
): StepSection[] {
  return [
    valueSection('Request', memberOf(event, 'prompt') ?? ''),
    valueSection('Response', memberOf(event, 'response') || textOfTokens()),
    stepSection('Raw', raw),
  ];
}

export function stepSections(type: StepType, event: JsonObject, raw: string): StepSection[] {
  return [
    valueSection('Input', input(type, event) ?? ''),
    valueSection('Output', output(type, event) ?? ''),
    stepSection('Error', errorText(event)),
    stepSection('Raw', raw),
  ].filter(({ text }) => text !== '');
}

/** What went into a step: its own fields by type, else the field that every event has. */
function input(type: StepType, event: JsonObject): unknown {
  switch (type) {
    case 'tool_call':
      return known(memberOf(event, 'tool_args')) ?? memberOf(event, 'input');
    case 'memory_read':
      return pick(event, ['memory_key', 'memory_type']);
    case 'memory_write':
      return pick(event, ['memory_key', 'memory_type', 'overwrite', 'memory_value']);
    case 'agent_spawn':
      return pick(event, ['agent_id', 'agent_name', 'agent_role', 'parent_run_id', 'agent_config']);
    case 'agent_join':
      return pick(event, ['agent_id', 'agent_name', 'group_id', 'group_name']);
    case 'agent_leave':
      return pick(event, ['agent_id', 'agent_name', 'group_id', 'reason']);
    case 'agent_communication':
      return memberOf(event, 'message_content');
    case 'agent_handoff':
      return pick(event, ['handoff_reason', 'context_summary']);
    case 'task_assignment':
      return pick(event, ['task_id', 'task_name', 'priority', 'deadline', 'task_data']);
    default:
      return memberOf(event, 'input');
  }
}

function output(type: StepType, event: JsonObject): unknown {
  switch (type) {
    case 'tool_call':
      return known(memberOf(event, 'tool_result')) ?? memberOf(event, 'output');
    case 'memory_read':
      return memberOf(event, 'memory_value');
    case 'final_answer':
      return memberOf(event, 'answer');
    case 'task_completion':
      return memberOf(event, 'result');
    // Their `output` only says again what is in Input or Error.
    case 'memory_write':
    case 'error':
      return undefined;
    default:
      return memberOf(event, 'output');
  }
}

/** Of an error event, and of any event that was marked as failed (its error is in `output`). */
function errorText(event: JsonObject): string {
  const place =
    textField(event, 'error_message') === null ? asObject(memberOf(event, 'output')) : event;
  if (place === null) return '';
  const message = textField(place, 'error_message');
  if (message === null) return '';
  const type = textField(place, 'error_type');
  const stack = textField(place, 'stack_trace');
  return [type === null ? message : `${type}: ${message}`, stack ?? ''].join('\n\n').trim();
}

function known(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  const object = asObject(value);
  return object !== null && Object.keys(object).length === 0 ? undefined : value;
}

/** The fields that hold something; undefined when none does. */
function pick(event: JsonObject, names: readonly string[]): JsonObject | undefined {
  const entries = names
    .map((name) => [name, memberOf(event, name)] as const)
    .filter(([, value]) => known(value) !== undefined && value !== '');
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
