/** Everything the page shows, in one place: the parts of the page meet here and do not know each other. */
import type { StepDetail, StepKey, RunDetail, RunKey } from '../../src/model/trace.js';
import { defaultStallRule } from '../../src/model/stalls.js';
import { type Microseconds, microseconds } from '../../src/model/units.js';
import type { SerializedError } from '../../src/protocol/errors.js';
import type { HeldTokens } from '../../src/protocol/followedTokens.js';
import type { PageSettings, PageState } from '../../src/protocol/pageMessages.js';

/** A visible part of a timeline. */
export interface Span {
  readonly fromUs: Microseconds;
  readonly toUs: Microseconds;
}

export interface TokenFilter {
  readonly search: string;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** Infinity shows all on one page. */
  readonly pageSize: number;
  /** From 0. */
  readonly page: number;
}

export const replaySpeeds = [0.5, 1, 2, 5, 10] as const;
export type ReplaySpeed = (typeof replaySpeeds)[number];

export interface PageModel {
  readonly page: PageState;
  readonly settings: PageSettings;
  /** Too narrow for two columns: the replay becomes a tab beside the token list. */
  readonly narrow: boolean;

  readonly runKey: RunKey | null;
  /** Null until it has been loaded. */
  readonly run: RunDetail | null;
  /** What time it is in a run in which a call streams, µs since its start; null when none does. */
  readonly nowUs: Microseconds | null;
  /** Text that a row's label must contain to be shown in the run timeline. */
  readonly rowFilter: string;
  /** Ids of the steps whose rows are closed, so that those of what is in them are not shown. */
  readonly collapsed: readonly string[];
  /** The visible part of the run, µs since its start; null shows all of it. */
  readonly runView: Span | null;
  /** The visible part of a run that grows goes along with its newest time; until the user looks elsewhere. */
  readonly runFollows: boolean;
  /** Height of the run timeline in CSS pixels as the user set it; null fits its rows. */
  readonly runHeight: number | null;
  /** Why the selected run or step could not be loaded; null when nothing failed. */
  readonly loadError: SerializedError | null;

  readonly stepKey: StepKey | null;
  /** The selected step's texts; null until loaded. */
  readonly detail: StepDetail | null;
  /** The selected call's tokens; null until loaded, and for a step that is no call. */
  readonly tokens: HeldTokens | null;
  /** The visible part of the call, µs since its request was sent; null shows all of it. */
  readonly tokenView: Span | null;

  /** The current token everywhere (timeline, replay, grid); −1 is before the first. */
  readonly position: number;
  /** Where the replay stands, µs since the request was sent; between tokens while it plays. */
  readonly timeUs: Microseconds;
  readonly playing: boolean;
  /** The newest token of a call that streams becomes the current one; until the user looks elsewhere. */
  readonly following: boolean;
  readonly speed: ReplaySpeed;
  readonly skipStalls: boolean;

  readonly tokenFilter: TokenFilter;
  /** The tab that was chosen last; what is shown is `shownTab` of tabs.ts, because not every step has every tab. Empty before the first. */
  readonly tab: string;
  /** What to say to a person, and a screen reader, once: "Copied." or why something failed. */
  readonly announcement: { readonly text: string; readonly isError: boolean } | null;
}

/** Of a step that has just been selected, too, until it is loaded. */
export const nothingSelected = {
  stepKey: null,
  detail: null,
  tokens: null,
  tokenView: null,
  position: -1,
  timeUs: microseconds(0),
  playing: false,
  following: true,
} satisfies Partial<PageModel>;

export const initialPageModel: PageModel = {
  page: { status: 'loading', fileName: '', fraction: 0, what: 'Loading…' },
  settings: {
    stallRule: defaultStallRule,
    pageSize: 100,
  },
  narrow: false,
  runKey: null,
  run: null,
  nowUs: null,
  rowFilter: '',
  collapsed: [],
  runView: null,
  runFollows: true,
  runHeight: null,
  loadError: null,
  ...nothingSelected,
  speed: 1,
  skipStalls: false,
  tokenFilter: { search: '', fromMs: null, toMs: null, pageSize: 100, page: 0 },
  tab: '',
  announcement: null,
};
