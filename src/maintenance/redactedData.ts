/** The data of a step without its secrets; times and figures that the product itself keeps there stay. */
import type { Redaction } from '../redaction/redaction.js';
import { importedName } from '../store/native/importedFacts.js';
import { receivedFiguresName } from '../store/native/storedFigures.js';
import { jsonOf, jsonText, memberOf } from '../store/rowValues.js';

type Members = Readonly<Record<string, unknown>>;

export function redactedData(text: string | null, redaction: Redaction): string | null {
  if (text === null) return null;
  const original = jsonOf(text);
  const redacted = jsonOf(redaction.jsonText(text, original));
  if (!isObject(original) || !isObject(redacted)) return redaction.jsonText(text, original);
  return jsonText({ ...redacted, ...figuresOf(original), ...phasesOf(original, redacted) });
}

function figuresOf(original: Members): Members {
  const names = [receivedFiguresName, importedName].filter((name) => isObject(original[name]));
  return Object.fromEntries(
    names.map((name) => {
      const figures = Object.entries(original[name] as Members).filter(
        ([, value]) => typeof value === 'number' || typeof value === 'boolean',
      );
      return [name, Object.fromEntries(figures)];
    }),
  );
}

function phasesOf(original: Members, redacted: Members): Members {
  const [before, after] = [original['phases'], redacted['phases']];
  if (!Array.isArray(before) || !Array.isArray(after)) return {};
  const phases = after.map((phase: unknown, position) => {
    const atUs = memberOf(before[position], 'at_us');
    return isObject(phase) && typeof atUs === 'number' ? { ...phase, at_us: atUs } : phase;
  });
  return { phases };
}

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
