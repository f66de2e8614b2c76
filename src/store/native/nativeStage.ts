/** What a stage said of its progress, out of the `data` of its step. */
import { mostPhases, type Stage, type StagePhase } from '../../model/trace.js';
import { type Microseconds, microseconds } from '../../model/units.js';
import { phasesOf } from '../log/stepData.js';
import { memberOf } from '../rowValues.js';

/** Characters, of a line in a row. */
const longestText = 1_000;
/** Bytes: room for as many phases as are kept, with long names. */
const longestPhases = 524_288;

/**
 * SQL: of data that are too long to be read with every row, what they say of a stage; of those that are longer
 * still than SQLite takes for JSON, or that are none, nothing.
 */
export const stageColumn = `
  CASE WHEN steps.type = 'stage' AND json_valid(CAST(steps.data AS TEXT)) THEN CAST(json_object(
    'progress', json_extract(CAST(steps.data AS TEXT), '$.progress'),
    'message', substr(json_extract(CAST(steps.data AS TEXT), '$.message'), 1, ${longestText}),
    'phases', CASE WHEN length(CAST(steps.data AS TEXT) -> '$.phases') <= ${longestPhases}
                   THEN json(CAST(steps.data AS TEXT) -> '$.phases') END) AS BLOB) END`;

/** @param startedAtUs wall clock. `durationUs` is null while it runs, or where that is not known. */
export function stageOf(
  data: unknown,
  startedAtUs: number,
  durationUs: Microseconds | null,
): Stage {
  const progress = memberOf(data, 'progress');
  const message = memberOf(data, 'message');
  const isKnown = typeof progress === 'number' && progress >= 0 && progress <= 1;
  const isSaid = typeof message === 'string' && message.trim() !== '';
  return {
    progress: isKnown ? progress : null,
    message: isSaid ? message.slice(0, longestText) : null,
    phases: phasesSince(startedAtUs, durationUs ?? Infinity, memberOf(data, 'phases')),
  };
}

/** A clock that was set back, or a late word, leads neither before the stage nor behind its end. */
function phasesSince(startedAtUs: number, durationUs: number, stored: unknown): StagePhase[] {
  const phases: StagePhase[] = [];
  const inOrder = phasesOf(stored).sort((one, other) => one.at_us - other.at_us);
  for (const { name, at_us: atUs } of inOrder.slice(-mostPhases)) {
    if (phases.at(-1)?.name === name) continue;
    const sinceStart = Math.max(0, atUs - startedAtUs);
    phases.push({ name, offsetUs: microseconds(Math.min(sinceStart, durationUs)) });
  }
  return phases;
}
