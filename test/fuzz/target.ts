/** What is fuzzed: a parser, what it is fed with, and what must hold whatever it is fed with. */

export interface FuzzTarget {
  /** Also the folder of its corpus. */
  readonly name: string;
  /** Inputs of which the others are made, beside those of the corpus. */
  readonly seeds: () => readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Fragments of the format that are put into inputs. */
  readonly words: readonly string[];
  /**
   * Throws when a promise is broken. Returns what is characteristic of how the input was read ("token", "damaged"):
   * an input with something new is kept, and others are made of it. The same input always gives the same.
   */
  readonly check: (input: Uint8Array) => Iterable<string> | Promise<Iterable<string>>;
  /** Makes checksums right again, without which mutations would not get behind them; done for most inputs. */
  readonly repair?: (input: Uint8Array) => Uint8Array;
  /** Bytes; a longer mutation is cut. Default: 16 KiB. */
  readonly longestInput?: number;
  /** Of computing, for one input; default: 1 s. */
  readonly slowestMs?: number;
}

export const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'utf8');

export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
