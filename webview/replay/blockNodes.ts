/**
 * Writes one block of the replayed text. What stands there already stays, so that a block that grows keeps what
 * the user selected in it.
 */
import { formatDuration, formatTokens } from '../../src/model/formatting.js';
import type { Stall } from '../../src/model/metrics.js';
import { type TokenColumns, isBehindGap, tokenKindLabels } from '../../src/model/tokens.js';
import { microseconds } from '../../src/model/units.js';
import { element } from '../shell/elements.js';
import { readableText } from '../shell/visibleText.js';
import { missingBefore } from '../state/leftOut.js';
import { type Segment, type TokenRange, segments, shownText } from './blocks.js';

/** From where to where a block is split: the current token, or nothing when it lies outside. */
export const outside: TokenRange = { from: -1, to: -1 };

/** What stands between the tokens of a call. */
export interface Told {
  readonly stallAfter: ReadonlyMap<number, Stall>;
  /** Positions behind gaps of which it is said how many tokens are missing. */
  readonly toldGaps: readonly number[];
}

/** A span of the block. */
interface Part {
  readonly className: string;
  readonly text: string;
  /** What has not come yet is no text to be read out. */
  readonly isFuture: boolean;
  /** Of a stall or a gap: drawn by the style sheet, because it is no part of the text that was streamed. */
  readonly label: string | null;
}

/** From the token after `current` on the text has not come yet. */
export function fillBlock(
  node: HTMLElement,
  columns: TokenColumns,
  block: TokenRange,
  current: TokenRange,
  { stallAfter, toldGaps }: Told,
): void {
  const parts: Part[] = [];
  for (const segment of segments(columns, block)) {
    for (const piece of split(columns, segment, current, stallAfter)) {
      const isFuture = current.to > 0 && piece.from >= current.to;
      const isCurrent = piece.from === current.from;
      if (isBehindGap(columns, piece.from)) {
        const isTold = toldGaps.includes(piece.from);
        const count = isTold ? formatTokens(missingBefore(columns, piece.from)) : null;
        parts.push(gapPart(count, isFuture));
      }
      const text = piece.from < piece.to ? shownText(columns, piece) : '';
      const className = classOf(`kind-${kindClass(piece.kind)}`, isCurrent && 'current', isFuture);
      parts.push({ className, text: readableText(text), isFuture, label: null });
      const stall = stallAfter.get(piece.to - 1);
      if (stall) parts.push(stallPart(stall, isFuture));
    }
  }
  write(node, parts);
}

const classOf = (name: string, also: string | false, isFuture: boolean): string =>
  [name, also, isFuture && 'future'].filter((one) => one !== false).join(' ');

function stallPart({ startUs, endUs }: Stall, isFuture: boolean): Part {
  const label = `stall ${formatDuration(microseconds(endUs - startUs))}`;
  return { className: classOf('replay-stall', false, isFuture), text: '', isFuture, label };
}

const gapPart = (count: string | null, isFuture: boolean): Part => ({
  className: classOf('replay-gap', count !== null && 'told', isFuture),
  ...{ text: '', isFuture, label: count === null ? '…' : `${count} left out` },
});

/** Cuts a segment before and after the current token, before each gap, and after each token that a stall follows. */
function split(
  columns: TokenColumns,
  segment: Segment,
  current: TokenRange,
  stallAfter: ReadonlyMap<number, Stall>,
): Segment[] {
  const cuts = new Set([segment.from, segment.to]);
  for (const cut of [current.from, current.to]) {
    if (cut > segment.from && cut < segment.to) cuts.add(cut);
  }
  for (const after of stallAfter.keys()) {
    if (after >= segment.from && after + 1 < segment.to) cuts.add(after + 1);
  }
  for (let position = segment.from + 1; position < segment.to; position++) {
    if (isBehindGap(columns, position)) cuts.add(position);
  }
  const places = [...cuts].sort((a, b) => a - b);
  return places
    .slice(1)
    .map((to, index) => ({ from: places[index] ?? segment.from, to, kind: segment.kind }));
}

const kindClass = (kind: number): string => (tokenKindLabels[kind] ?? 'other').replaceAll(' ', '-');

function write(node: HTMLElement, parts: readonly Part[]): void {
  while (node.childElementCount > parts.length) node.lastElementChild?.remove();
  parts.forEach((part, index) => {
    const existing = node.children[index];
    const span = existing instanceof HTMLElement ? existing : element('span');
    if (!existing) node.append(span);
    if (span.className !== part.className) span.className = part.className;
    writeAttribute(span, 'aria-hidden', part.isFuture && part.label === null ? 'true' : null);
    writeAttribute(span, 'data-label', part.label);
    writeText(span, part.text);
  });
}

function writeAttribute(span: HTMLElement, name: string, value: string | null): void {
  if (span.getAttribute(name) === value) return;
  if (value === null) span.removeAttribute(name);
  else span.setAttribute(name, value);
}

/** Text that only grows is put behind what is there. */
function writeText(span: HTMLElement, text: string): void {
  const node = span.firstChild;
  const before = node instanceof Text ? node.data : '';
  if (text === before) return;
  if (node instanceof Text && text.startsWith(before)) node.appendData(text.slice(before.length));
  else span.textContent = text;
}
