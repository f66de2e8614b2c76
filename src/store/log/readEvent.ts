/** Events out of parsed JSON, which may be anything: every field is of its type afterwards, or there is no event. */
import { mostKept } from '../../model/largest.js';
import { mostCurveParts } from '../../model/rateCurve.js';
import { TokenKind } from '../../model/tokens.js';
import { stepTypes } from '../../model/trace.js';
import { figureColumns } from '../native/storedFigures.js';
import { memberOf } from '../rowValues.js';
import type { LoggedToken, TraceEvent } from './traceEvent.js';

interface Field {
  readonly isRequired: boolean;
  readonly isValid: (value: unknown) => boolean;
}

type EventOf<T extends TraceEvent['type']> = Extract<TraceEvent, { type: T }>;
type Fields<E> = { readonly [K in Exclude<keyof Required<E>, 'type'>]: Field };

const longestShortText = 1_000;
const largestIndex = 0xffff_ffff;
/** A century: what is beyond is not a duration, and would lose microseconds in a double. */
const longestUs = 3.2e15;

const isText = (value: unknown): boolean => typeof value === 'string';
const isShortText = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && value.length <= longestShortText;
const isBetween =
  (from: number, to: number) =>
  (value: unknown): boolean =>
    typeof value === 'number' && value >= from && value <= to;
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isIndex = (value: unknown): boolean => isWhole(value) && (value as number) <= largestIndex;
const isDuration = isBetween(0, longestUs);
const isOneOf =
  (...known: readonly string[]) =>
  (value: unknown): boolean =>
    known.includes(value as string);

const required = (isValid: Field['isValid']): Field => ({ isRequired: true, isValid });
const optional = (isValid: Field['isValid']): Field => ({ isRequired: false, isValid });

const id = required(isShortText);
const text = required(isText);
const text0 = optional(isText);
const anything0 = optional(() => true);
const wallClock = isBetween(0, Number.MAX_SAFE_INTEGER);
const duration0 = optional(isDuration);
const whole0 = optional(isWhole);

const fields: { readonly [T in TraceEvent['type']]: Fields<EventOf<T>> } = {
  'run-started': {
    runId: id,
    name: text,
    atUs: required(wallClock),
    agentType: text0,
    sessionId: text0,
    userId: text0,
    metadata: anything0,
  },
  'run-ended': {
    runId: id,
    status: required(isOneOf('running', 'completed', 'failed', 'unknown')),
    atUs: required(wallClock),
  },
  'step-started': {
    stepId: id,
    runId: id,
    parentId: optional(isShortText),
    stepType: required(isOneOf(...stepTypes.filter((type) => type !== 'llm_call'))),
    name: text,
    atUs: required(wallClock),
    status: text0,
    durationUs: duration0,
    data: anything0,
  },
  'step-progressed': {
    stepId: id,
    atUs: required(wallClock),
    progress: optional(isBetween(0, 1)),
    phase: optional(isShortText),
    message: optional((value) => value === '' || isShortText(value)),
  },
  'step-ended': {
    stepId: id,
    status: text,
    durationUs: required(isDuration),
    data: anything0,
  },
  'call-started': {
    callId: id,
    runId: id,
    parentId: optional(isShortText),
    name: text,
    atUs: required(wallClock),
    clockSource: text,
    streaming: required((value) => typeof value === 'boolean'),
    provider: text0,
    wireFormat: text0,
    model: text0,
    request: text0,
    sampleRate: optional(isBetween(0, 1)),
    data: anything0,
  },
  'call-described': {
    callId: id,
    name: text0,
    atUs: optional(wallClock),
    streaming: optional((value) => typeof value === 'boolean'),
    provider: text0,
    wireFormat: text0,
    model: text0,
    request: text0,
    httpStatus: whole0,
    ttfcUs: duration0,
    data: anything0,
  },
  tokens: {
    callId: id,
    firstIndex: required(isIndex),
    readIndex: optional(isBetween(0, 0x7fff_ffff)),
    tokens: required(isTokens),
  },
  'token-text': { callId: id, index: required(isIndex), text },
  'call-ended': {
    callId: id,
    state: required(isOneOf('completed', 'failed', 'aborted', 'truncated', 'interrupted')),
    durationUs: required(isDuration),
    ttfcUs: duration0,
    httpStatus: whole0,
    finishReason: text0,
    errorCode: text0,
    errorMessage: text0,
    promptTokens: whole0,
    completionTokens: whole0,
    tokenCountSource: text0,
    receivedTokens: whole0,
    statistics: optional(isFigures),
    shape: optional(isShape),
    response: text0,
    data: anything0,
  },
};

/** Null for what is no event, or one of a type of a later release. Fields that are not known are left out. */
export function readEvent(value: unknown): TraceEvent | null {
  const type = memberOf(value, 'type');
  if (typeof type !== 'string' || !Object.hasOwn(fields, type)) return null;
  const event: Record<string, unknown> = { type };
  const fieldsOfType: Readonly<Record<string, Field>> = fields[type as TraceEvent['type']];
  for (const [name, field] of Object.entries(fieldsOfType)) {
    const member = memberOf(value, name);
    // JSON has no number that is none: it comes as null, and is not known.
    if (member === undefined || member === null) {
      if (field.isRequired) return null;
    } else if (!field.isValid(member)) {
      return null;
    } else {
      event[name] = member;
    }
  }
  return event as unknown as TraceEvent;
}

function isFigures(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    figureColumns.every((name) => {
      const figure = memberOf(value, name);
      return figure === undefined || isDuration(figure);
    })
  );
}

function isShape(value: unknown): boolean {
  if (typeof value !== 'object') return false;
  const burstCount = memberOf(value, 'burstCount');
  const gaps = memberOf(value, 'longestGaps');
  const curve = memberOf(value, 'rateCurve');
  return (
    isWhole(memberOf(value, 'gapCount')) &&
    (burstCount === null || isWhole(burstCount)) &&
    (gaps === null || isListOf(gaps, mostKept, isGap)) &&
    (curve === null || isCurve(curve))
  );
}

const isGap = (value: unknown): boolean =>
  isIndex(memberOf(value, 'tokenIndex')) &&
  isDuration(memberOf(value, 'startUs')) &&
  isDuration(memberOf(value, 'lengthUs'));

const isCurve = (value: unknown): boolean =>
  isDuration(memberOf(value, 'startUs')) &&
  isDuration(memberOf(value, 'stepUs')) &&
  isListOf(memberOf(value, 'counts'), mostCurveParts, isWhole);

const isListOf = (value: unknown, longest: number, isValid: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length <= longest && value.every(isValid);

function isTokens(value: unknown): value is LoggedToken[] {
  return Array.isArray(value) && value.every(isToken);
}

function isToken(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const [offsetUs, kind, token, metadata] = value as unknown[];
  return (
    isDuration(offsetUs) &&
    isWhole(kind) &&
    (kind as number) <= TokenKind.other &&
    isText(token) &&
    (metadata === undefined || (typeof metadata === 'object' && !Array.isArray(metadata)))
  );
}
