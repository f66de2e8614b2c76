/** Where the figures of a call are from. */

/** Who measured the times: see docs/metrics.md. */
export type ClockSource = 'proxy' | 'sdk' | 'server' | 'imported' | 'order-only' | 'unknown';

/** Where a count of output tokens is from; `chunks` counts what came, which is not always tokens. */
export type TokenCountSource = 'usage' | 'logprobs' | 'estimate' | 'chunks';
