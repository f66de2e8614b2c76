/**
 * The region "Replayed text": what had come solid, what was still to come faint, the current token
 * marked. Per frame only the block with the current token, and those that were passed, change.
 */
import type { Stall } from '../../src/model/metrics.js';
import { type HeldTokens, continues } from '../../src/protocol/followedTokens.js';
import type { Call } from '../../src/model/trace.js';
import { element } from '../shell/elements.js';
import type { PageActions } from '../state/actions.js';
import { isStreaming } from '../state/following.js';
import { toldGaps } from '../state/leftOut.js';
import type { PageStore } from '../state/pageStore.js';
import { readableText } from '../shell/visibleText.js';
import { selectedStep } from '../state/selection.js';
import { recordedResponse } from './recordedResponse.js';
import { type Told, fillBlock, outside } from './blockNodes.js';
import {
  type TokenRange,
  blockOf,
  estimatedLines,
  isSameText,
  shownBytes,
  textBlocks,
} from './blocks.js';

interface ShownText extends Told {
  readonly columns: HeldTokens;
  readonly blocks: readonly TokenRange[];
  readonly nodes: readonly HTMLElement[];
  /** So many blocks at the beginning are as they were in the data before. */
  readonly kept: number;
}

/** For the height of blocks that have not been laid out, in CSS pixels: a guess that may be wrong. */
const usualWidth = 640;
const characterWidth = 7;
const lineHeight = 22.3;

const blocksPerGroup = 16;
/** Of blocks that may not have been laid out, in CSS pixels. */
const estimatedHeights = new WeakMap<Element, number>();

export function mountText(container: HTMLElement, store: PageStore, actions: PageActions): void {
  const region = element('div', {
    class: 'replay-text',
    role: 'region',
    'aria-label': 'Replayed text',
    tabindex: '0',
  });
  const content = element('div');
  const rest = element(
    'p',
    { class: 'replay-note' },
    'The rest of this long text is in the Response tab.',
  );
  const recorded = element('p', { class: 'replay-recorded' });
  region.append(content, recorded);
  container.append(region);
  let shown: ShownText | null = null;
  let currentBlock = -1;
  let isFollowing = true;
  let lastPosition = -1;
  let stepId: string | null = null;
  let taken: { readonly call: Call | null; readonly tokens: HeldTokens | null } | null = null;

  const rebuild = (): void => {
    const { tokens } = store.current;
    const step = selectedStep(store.current);
    const call = step?.call ?? null;
    // News of other calls of the run change nothing here.
    if (taken && taken.call === call && taken.tokens === tokens && step?.id === stepId) return;
    taken = { call, tokens };
    // New data of the same call leave the reader where they are.
    const isSameStep = step !== null && step.id === stepId;
    const { scrollTop } = region;
    stepId = step?.id ?? null;
    region.classList.toggle('streaming', isStreaming(store.current));
    const before = isSameStep ? shown : null;
    const stalls = call?.metrics.stalls ?? [];
    shown = tokens ? build(tokens, stalls, region.clientWidth, before) : null;
    // From there on, blocks are written anew and have not been marked yet.
    currentBlock = Math.min(currentBlock, (shown?.kept ?? 0) - 1);
    if (!isSameStep) lastPosition = -1;
    if (shown) write(shown, before);
    arrange(content, before?.nodes ?? [], shown?.nodes ?? []);
    if ((tokens?.textEnd[tokens.count - 1] ?? 0) > shownBytes) region.append(rest);
    else rest.remove();
    const wantedTop = isSameStep ? scrollTop : 0;
    if (region.scrollTop !== wantedTop) region.scrollTop = wantedTop;
    draw();
  };

  /** What is new, and where stalls changed; the block of the current token is left to the drawing. */
  const write = (now: ShownText, before: ShownText | null): void => {
    const block = blockToDraw(now);
    for (let index = now.kept; index < now.nodes.length; index++) {
      if (index === block) continue;
      fill(now, index, outside);
      mark(now.nodes[index], true);
    }
    for (const index of before ? blocksWithOtherStalls(before, now) : []) {
      const isCurrent = index === currentBlock;
      fill(now, index, isCurrent ? { from: lastPosition, to: lastPosition + 1 } : outside);
    }
  };

  /** At rest before the first token, all of the text is there to be read. */
  const blockToDraw = ({ blocks, nodes }: ShownText): number => {
    const { position, playing } = store.current;
    return position < 0 && !playing ? nodes.length : blockOf(blocks, position);
  };

  const draw = (): void => {
    const { position, playing } = store.current;
    region.classList.toggle('playing', playing);
    if (!shown) return;
    // While it plays, by the layout of the frame before: to ask for a new one in each frame is dear.
    if (playing) follow();
    const block = blockToDraw(shown);
    // Blocks between the old and the new place change as a whole.
    const from = Math.max(0, Math.min(currentBlock, block));
    const to = Math.min(shown.nodes.length - 1, Math.max(currentBlock, block));
    for (let index = from; index <= to; index++) {
      if (index === block) {
        const isAsBefore = index === currentBlock && position === lastPosition;
        if (!isAsBefore) fill(shown, index, { from: position, to: position + 1 });
      } else if (index === currentBlock) fill(shown, index, outside);
      mark(shown.nodes[index], index > block);
    }
    if (!playing && position !== lastPosition) isFollowing = true;
    currentBlock = block;
    lastPosition = position;
    if (!playing) follow();
  };

  const follow = (): void => {
    if (isFollowing) scrollToCurrent(region, shown?.nodes[currentBlock], store.current.playing);
  };

  const stopFollowing = (): void => {
    isFollowing = false;
    actions.stopFollowing();
  };
  region.addEventListener('wheel', stopFollowing, { passive: true });
  region.addEventListener('touchmove', stopFollowing, { passive: true });
  // Drags the scroll bar, or selects text that must not scroll away.
  region.addEventListener('pointerdown', stopFollowing);
  region.addEventListener('keydown', (event) => {
    if (/^(Arrow|Page|Home|End)/.test(event.key)) stopFollowing();
  });
  store.watch(['playing'], () => {
    isFollowing = true;
  });
  store.watch(['following'], () => {
    if (!store.current.following) return;
    isFollowing = true;
    follow();
  });
  // Blocks get their true heights only when they come near the screen, and other ones with another width.
  const resizes = new ResizeObserver(follow);
  resizes.observe(content);
  // How the call ended stands below the text when it has: the newest token stays in sight.
  resizes.observe(region);
  store.watch(['tokens', 'run', 'stepKey'], rebuild);
  store.watch(['position', 'playing'], draw);
  store.watch(['run', 'stepKey', 'detail'], () => {
    recorded.textContent = readableText(recordedResponse(store.current));
  });
}

/** Takes over what `before` begins with: what is there already is neither laid out again nor loses the user's selection. */
function build(
  columns: HeldTokens,
  stalls: readonly Stall[],
  width: number,
  before: ShownText | null,
): ShownText {
  const goesOn = before !== null && continues(before.columns, columns);
  const blocks = textBlocks(columns, goesOn ? before.blocks : []);
  const perLine = Math.max(20, (width || usualWidth) / characterWidth);
  const stallAfter = new Map(
    stalls.flatMap((stall) => (stall.after === null ? [] : [[stall.after, stall] as const])),
  );
  const kept = before ? sameBlocks(before, { columns, blocks }, goesOn) : 0;
  const nodes = (before?.nodes ?? []).slice(0, kept);
  for (let index = kept; index < blocks.length; index++) {
    const block = blocks[index] ?? outside;
    // The block that grows keeps its element too: a new one would have no height yet, and the text would jump.
    const existing = before?.nodes[index];
    if (existing && before.blocks[index]?.from === block.from) {
      nodes.push(existing);
      continue;
    }
    const node = element('div', { class: 'replay-block' });
    const height = Math.round(estimatedLines(columns, block, perLine) * lineHeight);
    estimatedHeights.set(node, height);
    nodes.push(node);
  }
  return { columns, blocks, nodes, stallAfter, toldGaps: toldGaps(columns), kept };
}

/** How many blocks at the beginning have the same text. */
function sameBlocks(
  before: ShownText,
  now: Pick<ShownText, 'columns' | 'blocks'>,
  goesOn: boolean,
): number {
  // The last one may have grown.
  if (goesOn) return Math.max(0, Math.min(before.blocks.length, now.blocks.length) - 1);
  const first = now.blocks.findIndex((block, index) => {
    const other = before.blocks[index];
    const isSame =
      other?.from === block.from &&
      other.to === block.to &&
      isSameText(before.columns, now.columns, block);
    return !isSame;
  });
  return first < 0 ? now.blocks.length : first;
}

/** Among those whose text stays: what counts as a stall depends on the median, which moves. */
function blocksWithOtherStalls(before: ShownText, now: ShownText): Set<number> {
  const found = new Set<number>();
  const compare = (one: ShownText, other: ShownText): void => {
    for (const [after, { startUs, endUs }] of one.stallAfter) {
      const same = other.stallAfter.get(after);
      if (same?.startUs === startUs && same.endUs === endUs) continue;
      const index = blockOf(now.blocks, after);
      if (index < now.kept) found.add(index);
    }
  };
  compare(before, now);
  compare(now, before);
  return found;
}

/**
 * Shows these blocks instead of those before; what both begin with is left alone. Blocks stand in groups, so
 * that a layout need not look at each of thousands of them.
 */
function arrange(
  content: HTMLElement,
  before: readonly HTMLElement[],
  nodes: readonly HTMLElement[],
): void {
  const changed = nodes.findIndex((node, index) => node !== before[index]);
  const kept = changed < 0 ? nodes.length : changed;
  while (content.childElementCount > Math.ceil(kept / blocksPerGroup)) content.lastChild?.remove();
  const last = content.lastElementChild;
  const keptInLast = kept - (content.childElementCount - 1) * blocksPerGroup;
  while (last && last.childElementCount > keptInLast) last.lastChild?.remove();
  for (let index = kept; index < nodes.length; index++) {
    if (index % blocksPerGroup === 0) content.append(element('div', { class: 'replay-group' }));
    content.lastElementChild?.append(nodes[index] ?? '');
  }
  for (let group = Math.floor(kept / blocksPerGroup); kept < nodes.length; group++) {
    const element = content.children[group];
    if (!(element instanceof HTMLElement)) return;
    const heights = [...element.children].map((block) => estimatedHeights.get(block) ?? 0);
    const height = heights.reduce((sum, one) => sum + one, 0);
    element.style.containIntrinsicBlockSize = `auto ${height}px`;
  }
}

/** What has not come yet is no text to be read out. */
function mark(node: HTMLElement | undefined, isFuture: boolean): void {
  node?.classList.toggle('future', isFuture);
  if (isFuture) node?.setAttribute('aria-hidden', 'true');
  else node?.removeAttribute('aria-hidden');
}

/** Writes a block's text; from the token after `current` on it has not come yet. */
function fill(shown: ShownText, index: number, current: TokenRange): void {
  const block = shown.blocks[index];
  const node = shown.nodes[index];
  if (block && node) fillBlock(node, shown.columns, block, current, shown);
}

/** Keeps the current token on screen; while it plays, in the upper part so that what comes has room. */
function scrollToCurrent(
  region: HTMLElement,
  block: HTMLElement | undefined,
  playing: boolean,
): void {
  const current = block?.querySelector<HTMLElement>('.current');
  if (!block || !current || region.clientHeight === 0) return;
  // Groups and blocks are laid out on their own: places in them count from their own tops.
  const groupTop = block.parentElement?.offsetTop ?? 0;
  const top = groupTop + block.offsetTop + current.offsetTop;
  const bottom = top + current.offsetHeight;
  const isAbove = top < region.scrollTop;
  const isBelow = bottom > region.scrollTop + region.clientHeight * (playing ? 0.8 : 1);
  if (isAbove) region.scrollTop = top - region.clientHeight * 0.3;
  else if (isBelow) region.scrollTop = bottom - region.clientHeight * (playing ? 0.8 : 0.7);
}
