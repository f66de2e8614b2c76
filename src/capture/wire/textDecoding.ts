/** UTF-8 that comes in pieces cut anywhere. */
import type { ResponsePart } from './wireFormat.js';

const replacement = '\uFFFD';

export class TextDecoding {
  private readonly decoder = new TextDecoder('utf-8');
  private hasReplacement = false;

  /** The characters that the bytes complete; broken ones become U+FFFD, a byte order mark nothing. */
  decode(bytes: Uint8Array): string {
    return this.checked(this.decoder.decode(bytes, { stream: true }));
  }

  /** What a character that was begun and never ended becomes. */
  end(): string {
    return this.checked(this.decoder.decode());
  }

  notices(): ResponsePart[] {
    if (!this.hasReplacement) return [];
    const text =
      'Some characters came as U+FFFD (�): the provider sent them so, or bytes that are no UTF-8.';
    return [{ part: 'notice', text }];
  }

  private checked(text: string): string {
    if (text.includes(replacement)) this.hasReplacement = true;
    return text;
  }
}
