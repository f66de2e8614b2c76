/** JSON that folds: objects and arrays open and close; what is closed has not been made yet. */
import { formatCount } from '../../src/model/formatting.js';
import { element } from '../shell/elements.js';
import { readableText } from '../shell/visibleText.js';

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** So much is open at first: as deep as this, and not more lines than this altogether. */
const openDepth = 3;
const openLines = 200;
/** More children, and the rest of a long text, come on demand. */
const childrenAtOnce = 200;
const longestString = 2_000;

/** Counts down the lines that may still be opened at first. */
interface Budget {
  lines: number;
}

export const jsonTree = (value: Json): HTMLElement =>
  element('div', { class: 'json' }, node(null, value, 0, { lines: openLines }));

function node(key: string | null, value: Json, depth: number, budget: Budget): HTMLElement {
  budget.lines--;
  const entries = entriesOf(value);
  if (!entries || entries.length === 0) {
    return element('div', { class: 'json-line' }, ...keyNodes(key), leaf(value));
  }
  const brackets = Array.isArray(value) ? '[ ]' : '{ }';
  const size = formatCount(entries.length);
  const details = element(
    'details',
    { class: 'json-node' },
    element(
      'summary',
      {},
      ...keyNodes(key),
      element('span', { class: 'json-size' }, `${brackets} ${size}`),
    ),
  );
  const fill = (): void => {
    if (details.childElementCount === 1) addChildren(details, entries, 0, depth + 1, budget);
  };
  if (depth < openDepth && entries.length <= budget.lines) {
    fill();
    details.open = true;
  }
  details.addEventListener('toggle', fill);
  return details;
}

const keyNodes = (key: string | null): Node[] =>
  key === null ? [] : [element('span', { class: 'json-key' }, key), document.createTextNode(': ')];

function entriesOf(value: Json): (readonly [string, Json])[] | null {
  if (typeof value !== 'object' || value === null) return null;
  return Object.entries(value as Readonly<Record<string, Json>>);
}

function addChildren(
  parent: HTMLElement,
  entries: readonly (readonly [string, Json])[],
  from: number,
  depth: number,
  budget: Budget,
): void {
  const to = Math.min(entries.length, from + childrenAtOnce);
  parent.append(...entries.slice(from, to).map(([key, value]) => node(key, value, depth, budget)));
  if (to === entries.length) return;
  const left = formatCount(entries.length - to);
  const more = element('button', { type: 'button', class: 'link' }, `Show more (${left} left)`);
  more.addEventListener('click', () => {
    const before = more.previousElementSibling;
    more.remove();
    addChildren(parent, entries, to, depth, budget);
    focusOn(before?.nextElementSibling);
  });
  parent.append(more);
}

/** What was pressed went away: the focus goes to what came in its place. */
function focusOn(shown: Element | null | undefined): void {
  if (!(shown instanceof HTMLElement)) return;
  const target = shown.querySelector<HTMLElement>('summary') ?? shown;
  if (target === shown) shown.tabIndex = -1;
  target.focus();
}

function leaf(value: Json): HTMLElement {
  if (typeof value === 'string') return stringLeaf(value);
  if (Array.isArray(value)) return element('span', { class: 'json-size' }, '[ ]');
  if (typeof value === 'object' && value !== null) {
    return element('span', { class: 'json-size' }, '{ }');
  }
  return element('span', { class: 'json-literal' }, String(value));
}

/** Line breaks are shown as such: that is how prompts are read. "Text" shows the file's own notation. */
function stringLeaf(value: string): HTMLElement {
  const text = element('span', { class: 'json-string' }, `"${value.slice(0, longestString)}`);
  if (value.length <= longestString) {
    text.append('"');
    return text;
  }
  const left = formatCount(value.length - longestString);
  const more = element(
    'button',
    { type: 'button', class: 'link' },
    `… show ${left} more characters`,
  );
  more.addEventListener('click', () => {
    text.textContent = readableText(`"${value}"`);
    focusOn(text);
  });
  text.append(more);
  return text;
}
