/** The texts of a step's detail views. */
import type { StepSection, StepType } from '../../model/trace.js';
import { beginningOf } from './beginning.js';
import { type JsonObject, asObject, field, textField } from './json.js';

/** What is beyond is cut: a page that lays out more text than this stands still. */
const longestText = 1024 * 1024;

/** Request, Response and Raw of a call. The recorder keeps the prompt and the answer, not the wire's JSON. */
export function callSections(
  event: JsonObject,
  raw: string,
  textOfTokens: () => string,
): StepSection[] {
  return [
    section('Request', textOfValue(field(event, 'prompt'))),
    section('Response', textOfValue(field(event, 'response')) || textOfTokens()),
    section('Raw', raw),
  ];
}

export function stepSections(type: StepType, event: JsonObject, raw: string): StepSection[] {
  return [
    section('Input', textOfValue(input(type, event))),
    section('Output', textOfValue(output(type, event))),
    section('Error', errorText(event)),
    section('Raw', raw),
  ].filter(({ text }) => text !== '');
}

/** What went into a step: its own fields by type, else the field that every event has. */
function input(type: StepType, event: JsonObject): unknown {
  switch (type) {
    case 'tool_call':
      return known(field(event, 'tool_args')) ?? field(event, 'input');
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
      return field(event, 'message_content');
    case 'agent_handoff':
      return pick(event, ['handoff_reason', 'context_summary']);
    case 'task_assignment':
      return pick(event, ['task_id', 'task_name', 'priority', 'deadline', 'task_data']);
    default:
      return field(event, 'input');
  }
}

function output(type: StepType, event: JsonObject): unknown {
  switch (type) {
    case 'tool_call':
      return known(field(event, 'tool_result')) ?? field(event, 'output');
    case 'memory_read':
      return field(event, 'memory_value');
    case 'final_answer':
      return field(event, 'answer');
    case 'task_completion':
      return field(event, 'result');
    // Their `output` only says again what is in Input or Error.
    case 'memory_write':
    case 'error':
      return undefined;
    default:
      return field(event, 'output');
  }
}

/** Of an error event, and of any event that was marked as failed (its error is in `output`). */
function errorText(event: JsonObject): string {
  const place =
    textField(event, 'error_message') === null ? asObject(field(event, 'output')) : event;
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
    .map((name) => [name, field(event, name)] as const)
    .filter(([, value]) => known(value) !== undefined && value !== '');
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function textOfValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value, null, 2);
  } catch {
    // Nested so deeply that writing it overflows the stack; the Raw view has it.
    return '';
  }
}

function section(title: StepSection['title'], text: string): StepSection {
  if (text.length > longestText) {
    return { title, format: 'text', text: beginningOf(text, longestText), cutFrom: text.length };
  }
  return { title, format: isJson(text) ? 'json' : 'text', text, cutFrom: null };
}

/** Objects and lists only: a lone number or quoted text reads better as text. */
function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
