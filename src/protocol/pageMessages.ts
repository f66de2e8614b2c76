/** Extension host ⇄ trace page (webview). The page pulls; the host only says that something changed. */
import type { StallRule } from '../model/metrics.js';
import type { RunKey, StepKey, TraceSummary } from '../model/trace.js';
import type { NoMethods } from './channel.js';
import type { SerializedError } from './errors.js';
import type { TraceRequests } from './storeMessages.js';

/** What the page offers to do about a failure. */
export type PageAction = 'retry' | 'enterKey' | 'openLarge' | 'openAsText' | 'showLog' | 'cancel';

export type PageState =
  | {
      readonly status: 'loading';
      readonly fileName: string;
      readonly fraction: number;
      readonly what: string;
    }
  | {
      readonly status: 'failed';
      readonly fileName: string;
      readonly error: SerializedError;
      readonly actions: readonly PageAction[];
    }
  | {
      readonly status: 'ready';
      readonly summary: TraceSummary;
      /** Set when the file can no longer be read; the last data stay on the page. */
      readonly sourceLost: SerializedError | null;
    };

export interface PageSettings {
  readonly stallRule: StallRule;
  readonly pageSize: number;
}

/** Where to go: from the tree, "Go to Token…", "Replay Stream…". */
export interface Reveal {
  readonly run: RunKey;
  readonly step: StepKey | null;
  /** Position of a token in the call. */
  readonly token: number | null;
  readonly play: boolean;
}

export type HostSurface = {
  requests: {
    /** The page's scripts run: the first message, also after a reload. */
    ready: {
      params: null;
      result: { state: PageState; settings: PageSettings; reveal: Reveal | null };
    };
    copy: { params: { text: string; what: string }; result: null };
    action: { params: { action: PageAction }; result: null };
  } & TraceRequests;
  notifications: {
    /** So that commands ("Copy Response", "Go to Token…") and the tree know what is selected. */
    selected: { run: RunKey | null; step: StepKey | null; token: number | null };
    /** A failure inside the page, for the log. */
    pageError: { message: string; stack: string | null };
  };
};

export type PageSurface = {
  requests: NoMethods;
  notifications: {
    state: PageState;
    settings: PageSettings;
    reveal: Reveal;
  };
};
