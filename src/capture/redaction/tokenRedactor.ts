/**
 * Keeps secrets out of texts that come token by token. What may be the beginning of a secret is withheld: the token
 * is stored at once with the harmless part of its text, and its text is completed as soon as it is known to be
 * harmless. Of a secret, its first token gets "[redacted]" and each further one "•": without a text they would not
 * count as tokens.
 *
 * What is withheld is in memory only, so a crash loses it. It is as short as the patterns allow: with the built-in
 * ones a few characters after "sk-", a number while its digits run, a quoted value of a secret field.
 */
import { furtherRedacted, redacted, spansOfCut } from './redactedText.js';
import type { SecretFinder, Span } from './secretFinder.js';

/** Given the whole text that may be stored of a token that was added before; it takes the place of what was. */
export type CompleteText = (index: number, text: string) => void;

export interface TokenRedactor {
  /** The part of the token's text that may be stored now. */
  add(index: number, text: string): string;
  /**
   * The call has ended: completes what is withheld. `isCut`: it did not end by itself, so what may be the
   * beginning of a secret is taken for one.
   */
  end(isCut?: boolean): void;
}

/** Characters: what is possibly a secret for longer than this is taken for one. */
const longestHeld = 4_096;
/** Characters before the withheld ones that patterns may look back at. */
const contextLength = 128;

interface HeldToken {
  readonly index: number;
  stored: string;
  pending: string;
}

/** A secret that is longer than {@link longestHeld}: its beginning, from which can be told whether text goes on with it. */
interface LongSecret {
  readonly beginning: string;
  /** Where the secret begins in `beginning`, behind its context. */
  readonly start: number;
  more: string;
}

export class StreamRedactor implements TokenRedactor {
  private context = '';
  private held: HeldToken[] = [];
  /** What is pending of all of them. */
  private heldText = '';
  private longSecret: LongSecret | null = null;

  constructor(
    private readonly finder: SecretFinder,
    private readonly complete: CompleteText,
    private readonly further = furtherRedacted,
  ) {}

  add(index: number, text: string): string {
    if (this.longSecret) {
      const rest = this.behindLongSecret(this.longSecret, text);
      if (rest === '') return text === '' ? '' : this.further;
      return this.add(index, rest);
    }
    const from = this.context.length;
    const buffer = this.context + this.heldText + text;
    const { spans, hold } = this.finder.judge(buffer, from);
    if (this.held.length === 0 && spans.length === 0 && hold === buffer.length) {
      this.context = buffer.slice(-contextLength);
      return text;
    }
    const token: HeldToken = { index, stored: '', pending: text };
    this.held.push(token);
    this.heldText += text;
    if (hold > from) this.release(buffer, spans, hold, token);
    if (buffer.length - hold > longestHeld) this.giveUp(buffer, hold, token);
    return token.stored;
  }

  end(isCut = false): void {
    if (this.held.length === 0) return;
    const from = this.context.length;
    const buffer = this.context + this.heldText;
    const spans = isCut ? spansOfCut(this.finder, buffer, from) : this.finder.spans(buffer, from);
    this.release(buffer, spans, buffer.length);
  }

  /** Stores what is before `hold`, without the secrets in it. */
  private release(buffer: string, spans: readonly Span[], hold: number, added?: HeldToken): void {
    let start = this.context.length;
    for (const token of this.held) {
      const end = start + token.pending.length;
      const harmless = withoutSecrets(token.pending, start, Math.min(end, hold), spans);
      const isOver = token.pending !== '' && end <= hold;
      token.pending = token.pending.slice(Math.max(0, hold - start));
      this.store(token, harmless || (isOver && token.stored === '' ? this.further : ''), added);
      start = end;
    }
    this.held = this.held.filter(({ pending }) => pending !== '');
    this.heldText = buffer.slice(hold);
    this.context = buffer.slice(Math.max(0, hold - contextLength), hold);
  }

  /** What is withheld is too much: it is taken for a secret, and so is all that could go on with it. */
  private giveUp(buffer: string, hold: number, added: HeldToken): void {
    this.held.forEach((token, position) => {
      if (position === 0) this.store(token, redacted, added);
      else if (token.pending !== '') this.store(token, this.further, added);
    });
    this.held = [];
    this.heldText = '';
    this.longSecret = {
      beginning: this.context + buffer.slice(hold, hold + longestHeld),
      start: this.context.length,
      more: '',
    };
  }

  private store(token: HeldToken, text: string, added?: HeldToken): void {
    if (text === '') return;
    token.stored += text;
    if (token !== added) this.complete(token.index, token.stored);
  }

  /** What of the text does not belong to the secret any more. */
  private behindLongSecret(secret: LongSecret, text: string): string {
    const known = secret.beginning + secret.more;
    const longer = known + text;
    if (this.finder.begunAt(longer, secret.start) < known.length) {
      secret.more = secret.more.length > longestHeld ? '' : secret.more + text;
      return '';
    }
    const spans = this.finder.spans(longer, secret.start);
    const around = spans.find(({ start, end }) => start < known.length && known.length < end);
    const end = around?.end ?? known.length;
    this.longSecret = null;
    this.context = longer.slice(Math.max(0, end - contextLength), end);
    return longer.slice(end);
  }
}

/** The part of a token's text that is before `end`; it begins at `start`. */
function withoutSecrets(text: string, start: number, end: number, spans: readonly Span[]): string {
  let result = '';
  let position = start;
  for (const span of spans) {
    if (span.end <= position || span.start >= end) continue;
    if (span.start >= start) result += text.slice(position - start, span.start - start) + redacted;
    position = Math.min(span.end, end);
  }
  return result + text.slice(position - start, Math.max(position, end) - start);
}
