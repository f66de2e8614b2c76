/** The rows of the table "Statistics" of a stage, and the columns of the tables of its parts. */
import { type FigureDefinition, stageFigures } from '../../src/model/definitions.js';
import {
  formatCount,
  formatDuration,
  formatProgress,
  formatRate,
  formatShare,
  formatStalls,
  unknownFigure,
} from '../../src/model/formatting.js';
import type { SpanFigures } from '../../src/model/stageStatistics.js';
import type { Step } from '../../src/model/trace.js';
import { microseconds } from '../../src/model/units.js';
import type { FigureRow } from './figures.js';
import type { Fact } from './figureTable.js';

/** @param aboutDuration what else to know of it: that it goes on */
export function stageFigureRows(figures: SpanFigures, aboutDuration = ''): FigureRow[] {
  const { durationUs, tokens, calls, uncountedCalls } = figures;
  const row = (
    figure: FigureDefinition,
    value: string | null,
    note: string,
    whyUnknown = '',
  ): FigureRow =>
    value === null ? { figure, value: unknownFigure, note: whyUnknown } : { figure, value, note };
  const counted = `of ${formatCount(calls - uncountedCalls)} of ${formatCount(calls)} calls`;
  const noTimes =
    durationUs > 0 ? 'not all times of the calls are known' : 'there is no time to share';
  return [
    row(stageFigures.duration, formatDuration(durationUs), aboutDuration),
    row(stageFigures.calls, formatCount(calls), ''),
    row(
      stageFigures.tokens,
      tokens === null ? null : tokensWords(figures, tokens),
      uncountedCalls > 0 ? counted : '',
      'the tokens of the calls are not counted',
    ),
    row(stageFigures.ttftP50, duration(figures.ttftP50Us), '', 'no call has a TTFT'),
    row(
      stageFigures.outputTokensPerSecond,
      figures.outputTokensPerSecond === null ? null : formatRate(figures.outputTokensPerSecond),
      '',
      'no call has two tokens and their times',
    ),
    row(stageFigures.stalls, stalls(figures), '', 'not every gap between tokens is known'),
    row(stageFigures.errors, formatCount(figures.errors), ''),
    row(
      stageFigures.waiting,
      share(figures.waitingShare),
      length(figures.waitingShare, durationUs),
      noTimes,
    ),
    row(
      stageFigures.streaming,
      share(figures.streamingShare),
      length(figures.streamingShare, durationUs),
      noTimes,
    ),
  ];
}

const tokensWords = ({ areTokensEstimated }: SpanFigures, tokens: number): string =>
  `${areTokensEstimated ? '≈ ' : ''}${formatCount(tokens)}`;
const duration = (us: number | null): string | null =>
  us === null ? null : formatDuration(microseconds(us));
const stalls = (figures: SpanFigures): string | null =>
  figures.stalls === null ? null : formatStalls(figures.stalls, figures.mayBeMoreStalls);
const share = (value: number | null): string | null => (value === null ? null : formatShare(value));
const length = (value: number | null, durationUs: number): string =>
  value === null ? '' : formatDuration(microseconds(value * durationUs));

/** What the stage says of itself. */
export function stageFacts({ status, failed, summary, stage }: Step): Fact[] {
  return [
    ['Status', status ?? (failed ? 'failed' : null)],
    ['Error', failed && summary !== '' ? summary : null],
    ['Progress', stage?.progress == null ? null : formatProgress(stage.progress)],
    ['Message', stage?.message ?? null],
  ];
}
