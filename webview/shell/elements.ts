/**
 * Making elements: text is only ever set as text, never as HTML, and without characters that would turn
 * around what follows, because a trace is hostile input.
 */
import { readableText } from './visibleText.js';

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    made.setAttribute(name, readableText(value));
  made.append(
    ...children.map((child) => (typeof child === 'string' ? readableText(child) : child)),
  );
  return made;
}

/** A codicon; what it means must also stand in words beside it. */
export const icon = (name: string): HTMLSpanElement =>
  element('span', { class: `codicon codicon-${name}`, 'aria-hidden': 'true' });

/** Text for screen readers only. */
export const hiddenText = (text: string): HTMLSpanElement =>
  element('span', { class: 'visually-hidden' }, text);
