/** What an agent gave as a token, made into one. */
import type { TokenOptions } from './api.js';
import { bytesInJson, plainObject } from './plainJson.js';
import { textOf } from './texts.js';
import { warnOnce } from './warnings.js';
import { type TokenKind, tokenKinds } from './wire.js';

/** In characters. */
export const longestToken = 1024 * 1024;
const mostMetadataBytes = 64 * 1024;
/** A line of the capture may have 4 MiB. */
const mostBytes = 3.5 * 1024 * 1024;

export interface GivenToken {
  readonly text: string;
  readonly kind: TokenKind | undefined;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

/** Undefined: it is no token. */
export function givenToken(
  given: unknown,
  options: TokenOptions | undefined,
): GivenToken | undefined {
  const text = textOf(given, 'The text of a token');
  if (!text) return undefined;
  const kept = text.slice(0, keptCharacters(text));
  const metadata = plainObject(options?.metadata, mostMetadataBytes);
  const cut = text.length - kept.length;
  return {
    text: kept,
    kind: kindOf(options?.kind),
    metadata: cut > 0 ? { ...metadata, cut_characters: cut } : metadata,
  };
}

/** Control characters and the like take up to six bytes each. */
function keptCharacters(text: string): number {
  let kept = Math.min(text.length, longestToken);
  if (kept * 6 <= mostBytes) return kept;
  while (bytesInJson(text.slice(0, kept)) > mostBytes) {
    kept = Math.floor(kept / 2);
  }
  return kept;
}

function kindOf(kind: unknown): TokenKind | undefined {
  if (kind === undefined || kind === null) return undefined;
  const known = tokenKinds.find((name) => name === kind);
  if (known) return known;
  warnOnce(
    'kind',
    `A token has no kind but ${tokenKinds.join(', ')}: others are recorded as "other".`,
  );
  return 'other';
}
