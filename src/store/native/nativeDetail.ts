/** The texts of one native step. */
import type { TokenColumns } from '../../model/tokens.js';
import type { StepDetail, StepKey, StepSection } from '../../model/trace.js';
import type { Database, SqlRow } from '../database.js';
import { responseText } from './responseText.js';
import { amountOf, jsonOf, memberOf, textColumn, textOf } from '../rowValues.js';
import { stepSection, valueSection } from '../stepSections.js';

/** More than is shown, so that what is shown is full; little enough to decode at once. */
const readBytes = 8_000_000;

const longTexts = ['request', 'response'] as const;

export function nativeDetail(
  database: Database,
  step: StepKey,
  tokens: () => TokenColumns,
): StepDetail {
  const row = database.get(
    `SELECT llm_calls.call_key AS call_key, ${textColumn('steps.type')} AS type,
            llm_calls.sample_rate AS sample_rate, llm_calls.chunk_count AS chunk_count,
            ${longText('steps.data')} AS data, length(steps.data) AS data_length,
            ${longTexts.map((column) => `${longText(`llm_calls.${column}`)} AS ${column}, length(llm_calls.${column}) AS ${column}_length`).join(', ')}
     FROM steps LEFT JOIN llm_calls ON llm_calls.call_key = steps.step_key WHERE steps.step_key = ?`,
    [step],
  );
  if (!row) return { key: step, sections: [] };
  const isCall = row['call_key'] !== null || textOf(row['type']) === 'llm_call';
  return {
    key: step,
    sections: isCall ? callSections(database, step, row, tokens) : eventSections(row),
  };
}

function callSections(
  database: Database,
  call: StepKey,
  row: SqlRow,
  tokens: () => TokenColumns,
): StepSection[] {
  return [
    storedSection('Request', row, 'request'),
    row['response'] === null
      ? stepSection('Response', joinedResponse(row, tokens()))
      : storedSection('Response', row, 'response'),
    valueSection('Raw', rawCall(database, call, row)),
  ];
}

/** Empty where tokens were left out: what is between them would read as if they were neighbours. */
function joinedResponse(row: SqlRow, tokens: TokenColumns): string {
  const received = amountOf(row['chunk_count']) ?? 0;
  const isWhole = row['sample_rate'] === 1 && tokens.count >= received;
  return isWhole ? responseText(tokens) : '';
}

/** The call's row as it is in the file, without the long texts that have tabs of their own. */
function rawCall(database: Database, call: StepKey, step: SqlRow): unknown {
  const row = database.get('SELECT * FROM llm_calls WHERE call_key = ?', [call]) ?? {};
  const names = Object.keys(row).filter(
    (name) => !longTexts.some((long) => long === name) && !(row[name] instanceof Uint8Array),
  );
  const data = jsonOf(textOf(step['data']));
  return {
    ...Object.fromEntries(names.map((name) => [name, row[name]])),
    ...(data === undefined ? {} : { data }),
  };
}

function eventSections(row: SqlRow): StepSection[] {
  const data = jsonOf(textOf(row['data']));
  const parts = [
    ['Input', 'input'],
    ['Output', 'output'],
    ['Error', 'error'],
  ] as const;
  return [
    ...parts.flatMap(([title, name]) => {
      const value = memberOf(data, name);
      return value === undefined || value === null ? [] : [valueSection(title, value)];
    }),
    storedSection('Raw', row, 'data'),
  ];
}

function storedSection(title: StepSection['title'], row: SqlRow, column: string): StepSection {
  const value = row[column];
  const text = textOf(value) ?? '';
  const isWhole = !(value instanceof Uint8Array) || value.length < readBytes;
  const length = Number(row[`${column}_length`] ?? 0);
  return isWhole
    ? stepSection(title, text)
    : stepSection(title, text, Math.max(length, text.length));
}

const longText = (column: string): string => textColumn(column, readBytes);
