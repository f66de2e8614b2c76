/** A request to an upstream, as its path says. */
export interface ProxyRoute {
  /** Name of an upstream that exists. */
  readonly upstream: string;
  /** Decoded; null where the path names none. */
  readonly runName: string | null;
  /** What follows the upstream's name, byte for byte as it came: empty, or with its leading slash. */
  readonly path: string;
  /** With its leading "?", byte for byte; empty without one. */
  readonly query: string;
}
