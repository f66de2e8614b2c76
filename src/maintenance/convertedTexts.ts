/** The texts of a converted step, so that the native reader shows what the other one does. */
import type { TokenColumns } from '../model/tokens.js';
import type { StepSection } from '../model/trace.js';
import { importedName, longestImportedData } from '../store/native/importedFacts.js';
import { responseText } from '../store/native/responseText.js';
import { jsonOf, jsonText } from '../store/rowValues.js';
import type { RecordedCall, RecordedStep } from '../store/traceReader.js';

export interface StepTexts {
  /** JSON. */
  readonly data: string | null;
  readonly request: string | null;
  readonly response: string | null;
}

export function callTexts(
  call: RecordedCall,
  sections: readonly StepSection[],
  tokens: TokenColumns,
): StepTexts {
  const response = textOf(sections, 'Response');
  // Where all tokens are there, they are the text.
  const isTold = call.sampleRate === 1 && response === responseText(tokens);
  return {
    data: callData(call, sections),
    request: textOf(sections, 'Request') || null,
    response: response === '' || isTold ? null : response,
  };
}

/** The event without the texts that have columns of their own, and facts for which there is no column. */
function callData(call: RecordedCall, sections: readonly StepSection[]): string | null {
  const imported = {
    ...(call.requestTimeKnown ? {} : { request_time_known: false }),
    ...(call.recorded.effectiveTokensPerSecond == null
      ? {}
      : { tokens_per_second: call.recorded.effectiveTokensPerSecond }),
  };
  const facts = Object.keys(imported).length === 0 ? {} : { [importedName]: imported };
  const whole = jsonText({ ...facts, event: withoutTexts(valueOf(textOf(sections, 'Raw'))) });
  return whole !== null && Buffer.byteLength(whole) <= longestImportedData
    ? whole
    : jsonText(facts);
}

function withoutTexts(event: unknown): unknown {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return event;
  return Object.fromEntries(
    Object.entries(event).filter(([name]) => name !== 'prompt' && name !== 'response'),
  );
}

/** Under the names that the native reader looks for, and the event as it was. */
export function eventData(step: RecordedStep, sections: readonly StepSection[]): string | null {
  const named = (['Input', 'Output', 'Error'] as const).flatMap((title) => {
    const text = textOf(sections, title);
    return text === '' ? [] : [[title.toLowerCase(), shownAs(text)] as const];
  });
  return jsonText({
    ...Object.fromEntries(named),
    ...(step.summary === '' ? {} : { summary: step.summary }),
    ...step.between,
    event: valueOf(textOf(sections, 'Raw')),
  });
}

/** The value of which the reader makes this very text. */
function shownAs(text: string): unknown {
  const value = jsonOf(text);
  const isLaidOut = typeof value === 'object' && JSON.stringify(value, null, 2) === text;
  return isLaidOut ? value : text;
}

const valueOf = (text: string): unknown => jsonOf(text) ?? text;

const textOf = (sections: readonly StepSection[], title: StepSection['title']): string =>
  sections.find((section) => section.title === title)?.text ?? '';
