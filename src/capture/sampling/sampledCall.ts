/** One call of which not all tokens are kept. */
import { Sampling } from '../../model/sampling.js';
import type {
  CallEnded,
  CallStarted,
  LoggedToken,
  TokenText,
  TokensCame,
  TraceEvent,
} from '../../store/log/traceEvent.js';
import type { SamplingSettings } from '../captureSettings.js';
import { CountedTokens, type TokenSums } from './countedTokens.js';

interface TokenHeldBack {
  readonly event: Omit<TokensCame, 'firstIndex' | 'tokens'>;
  readonly index: number;
  token: LoggedToken;
}

export class SampledCall {
  /** Null before its start: until then nobody knows whether its sender has left tokens out already. */
  private sampling: Sampling | null = null;
  private hasEnded = false;
  private nextIndex = 0;
  /** Null when it is not needed: after the end, and where the sender counts. */
  private counted: CountedTokens | null;
  /** Not taken; unless another one follows, it is the last of the call. */
  private heldBack: TokenHeldBack | null = null;

  /** @param leftOut is told how many tokens will not be in the trace. */
  constructor(
    private readonly settings: SamplingSettings,
    private readonly leftOut: (count: number) => void,
  ) {
    this.counted = new CountedTokens(settings.storeResponses);
  }

  started(event: CallStarted): TraceEvent[] {
    const rate = this.settings.storeTokens ? this.settings.tokenSampleRate : 0;
    // One that ended before has been passed on.
    if (this.hasEnded) return [event];
    if (event.sampleRate !== undefined && event.sampleRate < 1) {
      this.counted = null;
      return this.settings.storeTokens ? [event] : [{ ...event, sampleRate: rate }];
    }
    this.sampling = new Sampling(event.callId, rate);
    return [{ ...event, sampleRate: rate }];
  }

  tokens(event: TokensCame): TraceEvent[] {
    this.counted?.add(event);
    if (!this.settings.storeTokens) {
      this.leftOut(event.tokens.length);
      return [];
    }
    const { sampling } = this;
    return sampling === null ? [event] : this.taken(event, sampling);
  }

  text(event: TokenText): TraceEvent[] {
    this.counted?.setText(event);
    const { heldBack, sampling } = this;
    if (heldBack?.index === event.index) {
      const [offsetUs, kind, , ...metadata] = heldBack.token;
      heldBack.token = [offsetUs, kind, event.text, ...metadata];
      return [];
    }
    if (!this.settings.storeTokens) return [];
    return sampling === null || sampling.takes(event.index) ? [event] : [];
  }

  ended(event: CallEnded): TraceEvent[] {
    const last = this.takeHeldBack();
    const { counted } = this;
    const isCounted = this.sampling !== null || !this.settings.storeTokens;
    this.hasEnded = true;
    this.counted = null;
    const end = this.settings.storeResponses ? event : withoutResponse(event);
    return [...last, counted && isCounted ? withSums(end, counted.sums()) : end];
  }

  /** The one that may be the last, when nothing more is remembered of the call. */
  takeHeldBack(): TokensCame[] {
    const { heldBack } = this;
    this.heldBack = null;
    if (!heldBack) return [];
    return [{ ...heldBack.event, firstIndex: heldBack.index, tokens: [heldBack.token] }];
  }

  private taken({ firstIndex, tokens, ...event }: TokensCame, sampling: Sampling): TokensCame[] {
    const taken: { firstIndex: number; tokens: LoggedToken[] }[] = [];
    for (const [position, token] of tokens.entries()) {
      const index = firstIndex + position;
      const isNewest = index >= this.nextIndex;
      if (isNewest) this.dropHeldBack();
      this.nextIndex = Math.max(this.nextIndex, index + 1);
      const part = taken.at(-1);
      if (!sampling.takes(index)) {
        if (isNewest && !this.hasEnded) this.heldBack = { event, index, token };
        else this.leftOut(1);
      } else if (part && part.firstIndex + part.tokens.length === index) part.tokens.push(token);
      else taken.push({ firstIndex: index, tokens: [token] });
    }
    return taken.map((part) => ({ ...event, ...part }));
  }

  private dropHeldBack(): void {
    if (this.heldBack) this.leftOut(1);
    this.heldBack = null;
  }
}

function withoutResponse(event: CallEnded): CallEnded {
  const { response, ...others } = event;
  return response === undefined ? event : others;
}

function withSums(event: CallEnded, sums: TokenSums): CallEnded {
  const { received, withText, statistics, shape, response } = sums;
  const hasEmpty = withText !== null && withText > 0 && withText < received;
  return {
    ...event,
    ...{ receivedTokens: received, statistics },
    ...(shape && { shape }),
    // Those without a text are no output, and nobody can count them any more.
    ...(event.completionTokens === undefined &&
      hasEmpty && { completionTokens: withText, tokenCountSource: 'chunks' as const }),
    ...(event.response === undefined && response !== '' && { response }),
    ...(sums.isResponseTooLong && event.response === undefined && noticed(event)),
  };
}

const tooLong = 'The response is too long to be kept beside its sampled tokens.';

function noticed({ data }: CallEnded): Pick<CallEnded, 'data'> {
  if (typeof data !== 'object' || data === null) return { data: { notices: [tooLong] } };
  const { notices } = data as { readonly notices?: unknown };
  const others: readonly unknown[] = Array.isArray(notices) ? notices : [];
  return { data: { ...data, notices: [...others, tooLong] } };
}
