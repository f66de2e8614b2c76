import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const css = readFileSync(new URL('../../../webview/styles/theme.css', import.meta.url), 'utf8');

/** Backgrounds of VS Code's default themes. */
const themes = [
  { selector: 'body', background: '#1f1f1f', isDark: true },
  { selector: 'body.vscode-light', background: '#ffffff', isDark: false },
  { selector: 'body.vscode-high-contrast', background: '#000000', isDark: true },
  { selector: 'body.vscode-high-contrast-light', background: '#ffffff', isDark: false },
];

function colour(selector: string, name: string): string {
  const block = new RegExp(`^${selector.replaceAll('.', '\\.')} \\{([^}]*)\\}`, 'm').exec(css)?.[1];
  const value = new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(block ?? '')?.[1];
  assert.ok(value, `${selector} ${name}`);
  return value;
}

/** WCAG 2.2, "relative luminance". */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

describe('colours', () => {
  it('have names that the control library does not set itself, later and for its own ends', () => {
    const library = readFileSync(
      createRequire(import.meta.url).resolve('@vscode/webview-ui-toolkit/dist/design-tokens.js'),
      'utf8',
    );
    const theirs = new Set(
      [...library.matchAll(/create\('([a-z0-9-]+)'/g)].map(([, name]) => name),
    );
    const ours = [...css.matchAll(/^ *--([a-z0-9-]+):/gm)].map(([, name]) => name);
    assert.ok(theirs.size > 20 && ours.length > 20);
    assert.deepEqual(
      ours.filter((name) => theirs.has(name)),
      [],
    );
  });

  for (const { selector, background, isDark } of themes) {
    it(`of rates can be told by their lightness alone in ${selector}`, () => {
      const lightness = [0, 1, 2, 3].map((step) => luminance(colour(selector, `rate-${step}`)));
      const inOrder = isDark ? lightness : lightness.toReversed();
      assert.deepEqual(
        inOrder,
        [...inOrder].sort((a, b) => a - b),
      );
      for (const [step, value] of inOrder.slice(1).entries()) {
        assert.ok((value + 0.05) / ((inOrder[step] ?? 0) + 0.05) > 1.25, `${selector} ${step}`);
      }
    });

    it(`of marks stand out from the background in ${selector}`, () => {
      const marks = ['kind-text', 'kind-reasoning', 'kind-tool', 'kind-refusal', 'memory', 'lane'];
      for (const name of [...marks, 'rate-1', 'rate-2', 'rate-3']) {
        const ratio = contrast(colour(selector, name), background);
        assert.ok(ratio >= 3, `${selector} ${name}: ${ratio.toFixed(2)}`);
      }
      // The slowest rate may be fainter, but not be lost.
      assert.ok(contrast(colour(selector, 'rate-0'), background) >= 2.7, selector);
    });
  }
});
