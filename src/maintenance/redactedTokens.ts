/** The tokens of a call without the secrets that are spread over them; their times, kinds and number stay. */
import { TokenKind } from '../model/tokens.js';
import type { Redaction, TokenRedactor } from '../redaction/redaction.js';
import type { Database, SqlValue } from '../store/database.js';
import { jsonOf, memberOf } from '../store/rowValues.js';

interface Row {
  readonly index: SqlValue;
  readonly offsetUs: SqlValue;
  readonly kind: SqlValue;
  readonly readIndex: SqlValue;
  /** As it is stored: a character may be spread over several tokens. */
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly metadata: string | null;
}

export interface CallOfTokens {
  /** Of an aggregated call: what its tokens said, also those that are gone. */
  readonly wholeText: string | null;
  /** Whether what a token says of itself names a choice or tool call, whose texts go on in each other. */
  readonly hasChannels: boolean;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const visible: readonly SqlValue[] = [TokenKind.text, TokenKind.refusal];
const tool: readonly SqlValue[] = [TokenKind.toolName, TokenKind.toolArguments];
/** Stands for the tokens that are gone. */
const middle = -1;

export class RedactedTokens {
  private metadataLeftOut = 0;
  private callsWithGaps = 0;

  constructor(
    private readonly source: Database,
    private readonly target: Database,
    private readonly redaction: Redaction,
  ) {}

  /** Call within a transaction; returns how many there are. */
  copy(call: number, how: CallOfTokens): number {
    const rows = this.read(call);
    const texts = this.redacted(rows, how);
    this.target.runMany(
      `INSERT INTO llm_tokens (call_key, token_index, offset_us, kind, read_index, token, metadata)
       VALUES (?, ?, ?, ?, ?, CAST(? AS TEXT), ?)`,
      this.written(call, rows, texts),
    );
    return rows.length;
  }

  notices(): string[] {
    return [
      ...(this.metadataLeftOut > 0
        ? [
            `What is said of ${this.metadataLeftOut === 1 ? 'one token' : `${this.metadataLeftOut} tokens`} with secrets (metadata) is left out.`,
          ]
        : []),
      ...(this.callsWithGaps > 0
        ? [
            `Tokens of ${this.callsWithGaps === 1 ? 'one call are' : `${this.callsWithGaps} calls are`} not in the file: a part of a secret may not be recognised where its beginning is missing.`,
          ]
        : []),
    ];
  }

  private read(call: number): Row[] {
    const rows: Row[] = [];
    const number = (name: string): string =>
      `CASE WHEN typeof(${name}) IN ('integer', 'real') THEN ${name} END`;
    this.source.each(
      `SELECT token_index, ${['offset_us', 'kind', 'read_index'].map(number).join(', ')},
         CAST(token AS BLOB), CAST(metadata AS BLOB)
       FROM llm_tokens WHERE call_key = ? AND typeof(token_index) = 'integer' ORDER BY token_index`,
      [call],
      ([index = null, offsetUs, kind, readIndex = null, token, metadata]) => {
        const bytes = token instanceof Uint8Array ? token : new Uint8Array();
        rows.push({
          ...{ index, offsetUs: offsetUs ?? 0, kind: kind ?? TokenKind.other, readIndex, bytes },
          text: decoder.decode(bytes),
          metadata: metadata instanceof Uint8Array ? decoder.decode(metadata) : null,
        });
      },
    );
    return rows;
  }

  /** The texts as they may be stored, by position. */
  private redacted(rows: readonly Row[], { wholeText, hasChannels }: CallOfTokens): string[] {
    const texts: string[] = [];
    const channels = new Channels(this.redaction, (position, text) => {
      if (position !== middle) texts[position] = text;
    });
    const gone = wholeText === null ? null : textThatIsGone(rows, wholeText);
    let hasGaps = false;
    rows.forEach((row, position) => {
      if (isBehindGap(rows, position)) {
        channels.end(gone?.group ?? null);
        if (gone) channels.add(gone.group, middle, gone.text);
        hasGaps ||= gone === null;
      }
      texts[position] = channels.add(
        channelOf(row, { wholeText, hasChannels }),
        position,
        row.text,
      );
    });
    channels.end(null);
    if (hasGaps) this.callsWithGaps++;
    return texts;
  }

  private *written(
    call: number,
    rows: readonly Row[],
    texts: readonly string[],
  ): Generator<SqlValue[]> {
    for (const [position, row] of rows.entries()) {
      const text = texts[position] ?? '';
      const isSame = text === row.text;
      // It may repeat the text.
      if (!isSame && row.metadata !== null) this.metadataLeftOut++;
      const metadata =
        isSame && row.metadata !== null ? this.redaction.jsonText(row.metadata) : null;
      const bytes = isSame ? row.bytes : Buffer.from(text);
      yield [call, row.index, row.offsetUs, row.kind, row.readIndex, bytes, metadata];
    }
  }
}

const isBehindGap = (rows: readonly Row[], position: number): boolean =>
  position > 0 && Number(rows[position]?.index) - Number(rows[position - 1]?.index) > 1;

/** What goes on in one channel does not go on in another. */
function channelOf({ kind, metadata }: Row, { wholeText, hasChannels }: CallOfTokens): string {
  // As the text of the whole call is put together.
  if (wholeText !== null) return groupOf(kind);
  const told = hasChannels ? jsonOf(metadata) : undefined;
  return JSON.stringify([kind, memberOf(told, 'choice') ?? 0, memberOf(told, 'toolCall')]);
}

const groupOf = (kind: SqlValue): string =>
  visible.includes(kind) ? 'visible' : tool.includes(kind) ? 'tool' : String(kind);

/** Null where the whole text does not fit to the tokens that are there. */
function textThatIsGone(
  rows: readonly Row[],
  wholeText: string,
): { readonly group: string; readonly text: string } | null {
  const gap = rows.findIndex((_, position) => isBehindGap(rows, position));
  for (const group of ['visible', 'tool']) {
    const ofGroup = (part: readonly Row[]): string =>
      part.flatMap(({ kind, text }) => (groupOf(kind) === group ? [text] : [])).join('');
    const [first, last] = [ofGroup(rows.slice(0, gap)), ofGroup(rows.slice(gap))];
    const fits = wholeText.startsWith(first) && wholeText.endsWith(last) && first + last !== '';
    const length = wholeText.length - first.length - last.length;
    if (fits && length >= 0)
      return { group, text: wholeText.slice(first.length, first.length + length) };
  }
  return null;
}

class Channels {
  private readonly redactors = new Map<string, TokenRedactor>();

  constructor(
    private readonly redaction: Redaction,
    private readonly complete: (position: number, text: string) => void,
  ) {}

  add(channel: string, position: number, text: string): string {
    let redactor = this.redactors.get(channel);
    if (!redactor) this.redactors.set(channel, (redactor = this.redaction.stream(this.complete)));
    return redactor.add(position, text);
  }

  /** Nothing goes on from here, but in one of them: what may be the beginning of a secret is taken for one. */
  end(besides: string | null): void {
    for (const [channel, redactor] of this.redactors) {
      if (channel === besides) continue;
      redactor.end(true);
      this.redactors.delete(channel);
    }
  }
}
