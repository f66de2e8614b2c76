/**
 * What the page remembers while its tab is hidden or the window reloads: where the user was, by the
 * identifiers of the file. Never data: they are read again.
 */
import { microseconds } from '../../src/model/units.js';
import {
  type PageModel,
  type ReplaySpeed,
  type Span,
  type TokenFilter,
  initialPageModel,
  replaySpeeds,
} from './pageModel.js';
import { selectedStep } from './selection.js';

const version = 1;
/** Longer texts than a person types into a filter are not worth keeping. */
const maximumText = 1_000;
const mostCollapsed = 1_000;

export interface SavedState {
  readonly version: typeof version;
  readonly runId: string | null;
  readonly stepId: string | null;
  readonly position: number;
  readonly following: boolean;
  readonly viewport: Pick<PageModel, 'runView' | 'tokenView'>;
  readonly choices: Pick<
    PageModel,
    'rowFilter' | 'collapsed' | 'runHeight' | 'speed' | 'skipStalls' | 'tab' | 'tokenFilter'
  >;
}

export function savedStateOf(model: PageModel): SavedState {
  const { runView, tokenView, rowFilter, runHeight, speed, skipStalls, tab, tokenFilter } = model;
  const collapsed = model.collapsed.slice(-mostCollapsed);
  return {
    version,
    runId: model.run?.run.id ?? null,
    stepId: selectedStep(model)?.id ?? null,
    position: model.position,
    following: model.following,
    viewport: { runView, tokenView },
    choices: { rowFilter, collapsed, runHeight, speed, skipStalls, tab, tokenFilter },
  };
}

/** Null for anything that this version of the page did not write. */
export function parseSavedState(value: unknown): SavedState | null {
  if (!isRecord(value) || value['version'] !== version) return null;
  const viewport = isRecord(value['viewport']) ? value['viewport'] : {};
  const choices = isRecord(value['choices']) ? value['choices'] : {};
  const position = value['position'];
  return {
    version,
    runId: textOrNull(value['runId']),
    stepId: textOrNull(value['stepId']),
    position: Number.isSafeInteger(position) ? Math.max(-1, position as number) : -1,
    following: value['following'] === true,
    viewport: { runView: span(viewport['runView']), tokenView: span(viewport['tokenView']) },
    choices: {
      rowFilter: textOrNull(choices['rowFilter']) ?? '',
      collapsed: texts(choices['collapsed']),
      runHeight: positive(choices['runHeight']),
      speed: replaySpeeds.find((speed): speed is ReplaySpeed => speed === choices['speed']) ?? 1,
      skipStalls: choices['skipStalls'] === true,
      tab: textOrNull(choices['tab']) ?? '',
      tokenFilter: tokenFilter(choices['tokenFilter']),
    },
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const textOrNull = (value: unknown): string | null =>
  typeof value === 'string' && value.length <= maximumText ? value : null;

const texts = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.slice(-mostCollapsed).flatMap((one: unknown) => textOrNull(one) ?? [])
    : [];

const positive = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;

function span(value: unknown): Span | null {
  if (!isRecord(value)) return null;
  const fromUs = positive(value['fromUs']);
  const toUs = positive(value['toUs']);
  return fromUs !== null && toUs !== null && fromUs < toUs
    ? { fromUs: microseconds(fromUs), toUs: microseconds(toUs) }
    : null;
}

function tokenFilter(value: unknown): TokenFilter {
  const filter = isRecord(value) ? value : {};
  const initial = initialPageModel.tokenFilter;
  return {
    search: textOrNull(filter['search']) ?? initial.search,
    fromMs: positive(filter['fromMs']),
    toMs: positive(filter['toMs']),
    // Infinity, "All", is null in JSON.
    pageSize:
      filter['pageSize'] === null ? Infinity : wholeNumber(filter['pageSize'], initial.pageSize),
    page: wholeNumber(filter['page'], initial.page),
  };
}

const wholeNumber = (value: unknown, otherwise: number): number =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : otherwise;
