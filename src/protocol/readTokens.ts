/**
 * Reads the tokens of a call slice by slice. In one message, 100 000 tokens keep the extension host from
 * its next turn for more than a frame: it passes them on from the store process to the page.
 */
import { type TokenColumns, joinColumns } from '../model/tokens.js';
import type { TokenSlice } from './storeMessages.js';

interface TokenRange {
  readonly from: number;
  readonly count: number;
}

/** About 400 kB. */
export const tokensInSlice = 16_384;

/** Readings that a change of the file may spoil before all is asked for in one message. */
const attempts = 3;

export async function readTokens(
  ask: (range: TokenRange) => Promise<TokenSlice>,
): Promise<TokenColumns> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const slices = await readSlices(ask);
    if (slices) return joinColumns(slices);
  }
  return ask({ from: 0, count: Number.MAX_SAFE_INTEGER });
}

/** Null when tokens have changed in between: the slices do not belong together. More tokens may have come. */
async function readSlices(
  ask: (range: TokenRange) => Promise<TokenSlice>,
): Promise<TokenSlice[] | null> {
  const first = await ask({ from: 0, count: tokensInSlice });
  const slices = [first];
  for (let from = first.count; from < first.total; from += tokensInSlice) {
    const slice = await ask({ from, count: tokensInSlice });
    if (slice.revision !== first.revision) return null;
    slices.push(slice);
  }
  return slices;
}
