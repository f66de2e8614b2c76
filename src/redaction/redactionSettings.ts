export interface RedactionSettings {
  /** Whether the product's own keys and patterns apply beside those below. */
  readonly useDefaults: boolean;
  /** Names of JSON fields, headers and query parameters whose values are never stored; compared without case. */
  readonly keys: readonly string[];
  /** Regular expressions (JavaScript) whose matches are never stored. */
  readonly patterns: readonly string[];
}

/** Of keys, and of patterns. */
export const mostEntries = 200;
/** In characters. */
export const longestEntry = 2_000;
