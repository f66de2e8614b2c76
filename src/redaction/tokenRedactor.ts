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
/** Characters of a token that are judged at once: some patterns take long for long texts. */
const longestPiece = 4_096;
/** Characters of a long secret that are remembered behind its beginning. */
const longestMore = 32_768;
/** Characters before the withheld ones that patterns may look back at. */
const contextLength = 128;

/** A token, or a piece of one that is very long. */
interface HeldPiece {
  readonly index: number;
  /** What may be stored of all pieces of the token; this one's is `parts[part]`. */
  readonly parts: string[];
  readonly part: number;
  pending: string;
}

/** A secret that is longer than {@link longestHeld}: its beginning, from which can be told whether text goes on with it. */
interface LongSecret {
  readonly beginning: string;
  /** Where the secret begins in `beginning`, behind its context. */
  readonly start: number;
  /** What came behind the beginning, as far as it is remembered. */
  more: string;
}

export class StreamRedactor implements TokenRedactor {
  private context = '';
  private held: HeldPiece[] = [];
  /** The token that is being added: what may be stored of it is returned. */
  private adding: number | null = null;
  /** What is pending of all of them. */
  private heldText = '';
  private longSecret: LongSecret | null = null;

  constructor(
    private readonly finder: SecretFinder,
    private readonly complete: CompleteText,
    private readonly further = furtherRedacted,
  ) {}

  add(index: number, text: string): string {
    const parts: string[] = [];
    this.adding = index;
    for (let start = 0; start === 0 || start < text.length; start += longestPiece) {
      const piece = text.slice(start, start + longestPiece);
      parts.push('');
      this.addPiece({ index, parts, part: parts.length - 1, pending: piece });
    }
    this.adding = null;
    return parts.length === 1 ? (parts[0] ?? '') : parts.join('');
  }

  end(isCut = false): void {
    if (this.held.length === 0) return;
    const from = this.context.length;
    const buffer = this.context + this.heldText;
    const spans = isCut ? spansOfCut(this.finder, buffer, from) : this.finder.spans(buffer, from);
    this.release(buffer, spans, buffer.length);
  }

  private addPiece(piece: HeldPiece): void {
    if (this.longSecret) {
      const rest = this.behindLongSecret(this.longSecret, piece.pending);
      if (rest === '') return this.mark(piece);
      piece.pending = rest;
    }
    const from = this.context.length;
    const buffer = this.context + this.heldText + piece.pending;
    const { spans, hold } = this.finder.judge(buffer, from);
    if (this.held.length === 0 && spans.length === 0 && hold === buffer.length) {
      this.context = buffer.slice(-contextLength);
      piece.parts[piece.part] = piece.pending;
      return;
    }
    this.held.push(piece);
    this.heldText += piece.pending;
    if (hold > from) this.release(buffer, spans, hold);
    if (buffer.length - hold > longestHeld) this.giveUp(buffer, hold);
  }

  /** Stores what is before `hold`, without the secrets in it. */
  private release(buffer: string, spans: readonly Span[], hold: number): void {
    let start = this.context.length;
    for (const piece of this.held) {
      const end = start + piece.pending.length;
      const harmless = withoutSecrets(piece.pending, start, Math.min(end, hold), spans);
      const isOver = piece.pending !== '' && end <= hold;
      piece.pending = piece.pending.slice(Math.max(0, hold - start));
      this.store(piece, harmless);
      if (isOver) this.mark(piece);
      start = end;
    }
    this.held = this.held.filter(({ pending }) => pending !== '');
    this.heldText = buffer.slice(hold);
    this.context = buffer.slice(Math.max(0, hold - contextLength), hold);
  }

  /** What is withheld is too much: it is taken for a secret, and so is all that could go on with it. */
  private giveUp(buffer: string, hold: number): void {
    this.held.forEach((piece, position) => {
      if (position === 0) this.store(piece, redacted);
      else this.mark(piece);
    });
    this.held = [];
    this.heldText = '';
    const secret = buffer.slice(hold);
    const beginning = secret.slice(0, longestHeld).replace(/[^A-Za-z0-9]+$/, '');
    this.longSecret = {
      beginning: this.context + beginning,
      ...{ start: this.context.length, more: secret.slice(beginning.length) },
    };
  }

  private store({ index, parts, part }: HeldPiece, text: string): void {
    if (text === '') return;
    parts[part] = (parts[part] ?? '') + text;
    if (index !== this.adding) this.complete(index, parts.join(''));
  }

  /** For a token of which nothing else is left: it goes on with a secret. */
  private mark(piece: HeldPiece): void {
    if (piece.parts.every((part) => part === '')) this.store(piece, this.further);
  }

  /** What of the text does not belong to the secret any more. */
  private behindLongSecret(secret: LongSecret, text: string): string {
    if (canForget(secret.more, text)) secret.more = '';
    const known = secret.beginning + secret.more;
    const longer = known + text;
    if (this.finder.begunAt(longer, secret.start) < known.length) {
      secret.more += text;
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

/**
 * Whether the text goes on with the secret's beginning as it does with all that has come of it: inside a run of letters
 * and digits, but not between two lines of a key.
 */
function canForget(more: string, text: string): boolean {
  if (more.length > longestMore) return true;
  return more.length > longestHeld && /[A-Za-z0-9]$/.test(more) && /^[A-Za-z0-9]/.test(text);
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
