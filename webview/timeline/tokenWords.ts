/** What the token timeline says in words: on hover, of a step, and instead of the picture. */
import {
  formatDuration,
  formatRate,
  formatStalls,
  formatTokens,
} from '../../src/model/formatting.js';
import type { Stall } from '../../src/model/metrics.js';
import { nearest } from '../../src/model/search.js';
import {
  type TokenColumns,
  isBehindGap,
  tokenDelta,
  tokenKindLabels,
  tokenText,
  tokenTime,
} from '../../src/model/tokens.js';
import { microseconds, toMilliseconds } from '../../src/model/units.js';
import { visibleText } from '../shell/visibleText.js';
import { isDeltaUnknown, leftOutSentence, toldGaps } from '../state/leftOut.js';
import { tokensCaveat } from '../state/missingTokens.js';
import type { TokenAxis, TokenScene } from './tokenScene.js';

const longestText = 80;
/** A token is hovered within this many pixels. */
const reach = 4;

const kindLabel = ({ kind }: TokenColumns, position: number): string =>
  tokenKindLabels[kind[position] ?? -1] ?? 'other';

const ms = (us: number): string => `${toMilliseconds(microseconds(us)).toFixed(1)} ms`;

/** The token in one line: `#12 · 620.0 ms · +45.2 ms · text`. */
function tokenLine({ call, tokens, isTimed }: TokenAxis, position: number): string {
  const index = `#${tokens.index[position] ?? position}`;
  const delta = isDeltaUnknown(call, tokens, position)
    ? []
    : [`+${ms(tokenDelta(tokens, position))}`];
  const times = isTimed ? [ms(tokenTime(tokens, position)), ...delta] : ['order only'];
  return [index, ...times, kindLabel(tokens, position)].join(' · ');
}

/** What is at a pixel of the timeline. */
export function hoverText(axis: TokenAxis, scene: TokenScene, x: number): string {
  const place = scene.scale.invert(x);
  const { tokens, marks } = axis;
  const position = nearest(marks.places, place);
  const distance = Math.abs(scene.scale(marks.places[position] ?? 0) - x);
  const bin = Math.round(x - scene.left);
  const rate = scene.rates?.[bin] ?? -1;
  const rateLine = rate >= 0 ? [`${formatRate(rate)} here`] : [];
  if (distance > reach) return [silenceAt(axis, place), ...rateLine].join('\n');
  const [from, to] = [scene.bins.edges[bin] ?? 0, scene.bins.edges[bin + 1] ?? 0];
  const many = to - from > 1 ? [`${formatTokens(to - from)} in this pixel`] : [];
  const text = visibleText(tokenText(tokens, position), longestText);
  return [text, tokenLine(axis, position), ...many, ...rateLine].join('\n');
}

function silenceAt({ call, tokens, marks, isTimed }: TokenAxis, place: number): string {
  if (!isTimed) return 'order only: no timing';
  const last = tokens.count - 1;
  if (place < (marks.places[0] ?? 0)) {
    return `Waiting for the first token: ${formatDuration(tokenTime(tokens, 0))}`;
  }
  if (place > (marks.places[last] ?? 0)) return 'After the last token';
  const near = nearest(marks.places, place);
  const after = (marks.places[near] ?? 0) > place ? near - 1 : near;
  if (isBehindGap(tokens, after + 1)) {
    const sentence = leftOutSentence(call, tokens, after + 1);
    const stall = call.metrics.stalls.find((one) => one.startUs <= place && place <= one.endUs);
    return stall ? `No token for ${lengthOf(stall)}\n${sentence}` : sentence;
  }
  return `No token for ${formatDuration(tokenDelta(tokens, after + 1))}, after #${tokens.index[after] ?? after}`;
}

/** For a screen reader, after a step. */
export function spokenToken(axis: TokenAxis, position: number): string {
  if (position < 0) return 'Before the first token';
  const text = visibleText(tokenText(axis.tokens, position), longestText);
  return `${text}, ${tokenLine(axis, position).replaceAll(' · ', ', ')}`;
}

const lengthOf = ({ startUs, endUs }: Stall): string =>
  formatDuration(microseconds(endUs - startUs));

const placeOf = ({ index }: TokenColumns, { after, startUs }: Stall): string =>
  after === null ? `from ${formatDuration(startUs)} on` : `after token #${index[after] ?? after}`;

/** The picture in words. */
export function summary(axis: TokenAxis): string {
  const { call, tokens } = axis;
  const { metrics } = call;
  const caveat = tokensCaveat(call, tokens);
  const longest = metrics.stalls.toSorted((a, b) => b.endUs - b.startUs - (a.endUs - a.startUs))[0];
  return [
    `${formatTokens(Math.max(call.receivedTokens, tokens.count))}${axis.isTimed ? ` in ${formatDuration(axis.whole.toUs)}` : ''}.`,
    caveat === null ? null : `${caveat}.`,
    ...toldGaps(tokens).map((position) => `${leftOutSentence(call, tokens, position)}.`),
    metrics.ttftUs === null ? null : `First token after ${formatDuration(metrics.ttftUs)}.`,
    longest
      ? `Stalls: ${formatStalls(metrics.stallCount ?? 0, metrics.mayBeMoreStalls)}; the longest, ${lengthOf(longest)}, ${placeOf(tokens, longest)}.`
      : axis.isTimed && metrics.stallCount !== null
        ? 'No stalls.'
        : null,
    metrics.burstCount ? `Bursts: ${metrics.burstCount}.` : null,
    'The arrow keys go from token to token.',
  ]
    .filter((sentence) => sentence !== null)
    .join(' ');
}
