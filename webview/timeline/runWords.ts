/** What the tooltip of the run timeline says. */
import {
  formatCount,
  formatDuration,
  formatRate,
  keptWords,
  partialSentence,
} from '../../src/model/formatting.js';
import type { Step } from '../../src/model/trace.js';
import { microseconds } from '../../src/model/units.js';
import type { Mark } from './runLayout.js';
import { averageRate } from './runRates.js';
import { messageWords, nextWords, phaseText } from './runStages.js';
import type { RunRow } from './runRows.js';

/** `rate` is that of the call at `timeUs` of the run; null where it is not known, −1 where no tokens come. */
export function markText(row: RunRow, mark: Mark, timeUs: number, rate: number | null): string {
  const { step } = row;
  const lines = [row.name === row.typeLabel ? row.name : `${row.name} · ${row.typeLabel}`];
  if (row.figures !== '' && row.figures !== row.typeLabel) lines.push(row.figures);
  lines.push(...aboutLane(row, mark), ...aboutMark(step, mark, timeUs, rate));
  if (step.between) lines.push(`${step.between.from} → ${step.between.to}`);
  if (step.summary !== '' && step.summary !== row.figures) lines.push(shortened(step.summary));
  const partial = step.call ? partialSentence(step.call) : null;
  if (partial !== null) lines.push(partial);
  const kept = step.call ? keptWords(step.call) : null;
  if (kept !== null) lines.push(`${kept}.`);
  lines.push(when(row));
  return lines.join('\n');
}

function aboutLane(row: RunRow, mark: Mark): string[] {
  switch (mark.kind) {
    case 'stage':
    case 'phase': {
      const message = messageWords(row.step);
      const phase = mark.kind === 'phase' ? [phaseText(row, mark.place)] : [];
      return [...phase, ...(message === null ? [] : [message])];
    }
    case 'band': {
      const calls = `${formatCount(mark.calls)} ${mark.calls === 1 ? 'call' : 'calls'}`;
      return mark.rate === null
        ? [`${calls} waiting for the first token`]
        : [`${calls} streaming, ${formatRate(mark.rate)} on average`];
    }
    case 'transition':
      return row.nextStage ? [nextWords(row.nextStage)] : [];
    default:
      return [];
  }
}

function aboutMark(step: Step, mark: Mark, timeUs: number, rate: number | null): string[] {
  const metrics = step.call?.metrics;
  switch (mark.kind) {
    case 'tokens':
      return rateWords(step, timeUs, rate);
    case 'wait':
      if (mark.label !== undefined) return [mark.label];
      return metrics?.ttftUs === undefined || metrics.ttftUs === null
        ? [step.call?.state === 'streaming' ? 'no token yet' : 'no token came']
        : [`TTFT ${formatDuration(metrics.ttftUs)}`];
    case 'stall':
      return [mark.label];
    case 'tail':
      return [
        step.call?.state === 'streaming'
          ? 'after the newest token that is kept'
          : 'after the last token, until the last byte',
      ];
    default:
      return [];
  }
}

function rateWords(step: Step, timeUs: number, rate: number | null): string[] {
  if (rate !== null && rate >= 0) {
    return [`${formatRate(rate)} at ${formatDuration(microseconds(timeUs - step.startUs))}`];
  }
  const average = step.call?.storedTokens === 0 ? averageRate(step.call) : null;
  return average === null ? [] : [`${formatRate(average)} on average: single tokens are not kept`];
}

function when({ step: { startUs, durationUs, call }, untilUs, isCutOff }: RunRow): string {
  const start = `from ${formatDuration(startUs)} of the run`;
  if (untilUs !== null && !call) {
    const length = formatDuration(microseconds(untilUs - startUs));
    return isCutOff
      ? `${start}, ${length} or longer: nobody recorded its end`
      : `${start}, ${length} until now`;
  }
  return durationUs !== null && durationUs > 0
    ? `${start}, ${formatDuration(durationUs)} long`
    : start;
}

const shortened = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
