/**
 * The only file that knows the control library: it registers the controls that the page uses and makes
 * them. The library is archived upstream; to replace it, change this file.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { element } from './shell/elements.js';

export type Button = HTMLElement & { disabled: boolean };
export type TextField = HTMLElement & { value: string };

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeTextField());

interface ButtonOptions {
  /** The accessible name, and the text unless there is an icon. */
  readonly label: string;
  /** Name of a codicon; the button then shows nothing else. */
  readonly icon?: string;
  readonly appearance?: 'primary' | 'secondary' | 'icon';
  /** Shown on hover; the label when absent and there is only an icon. */
  readonly title?: string;
  readonly onClick: () => void;
}

export function createButton(options: ButtonOptions): Button {
  const button = document.createElement('vscode-button') as Button;
  button.setAttribute('appearance', options.appearance ?? (options.icon ? 'icon' : 'secondary'));
  if (options.icon) {
    setButtonIcon(button, options.icon, options.label);
    button.title = options.title ?? options.label;
  } else {
    button.textContent = options.label;
    if (options.title) button.title = options.title;
  }
  button.addEventListener('click', options.onClick);
  return button;
}

/** Gives an icon button another icon and name: "Play" becomes "Pause". */
export function setButtonIcon(button: Button, icon: string, label: string): void {
  const glyph = document.createElement('span');
  glyph.className = `codicon codicon-${icon}`;
  glyph.setAttribute('aria-hidden', 'true');
  button.replaceChildren(glyph);
  button.setAttribute('aria-label', label);
  button.title = label;
}

export function createTextField(label: string, onInput: (text: string) => void): TextField {
  const field = document.createElement('vscode-text-field') as TextField;
  // The library takes the name from the text, which styles/shell.css hides: the placeholder says the same.
  field.textContent = label;
  field.setAttribute('placeholder', label);
  field.addEventListener('input', () => onInput(field.value));
  return field;
}

/** Not the library's badge, whose template holds an inline style, which the page's policy forbids. */
export function createBadge(text: string): HTMLElement {
  return element('span', { class: 'badge' }, text);
}
