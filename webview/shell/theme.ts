/**
 * Colours for what is painted on a canvas, read from the CSS variables of styles/theme.css so that the
 * canvas and the rest of the page always agree; read again when VS Code changes its theme.
 */
import { interpolateLab, piecewise, quantize } from 'd3';

export interface Theme {
  readonly background: string;
  readonly foreground: string;
  readonly dim: string;
  /** Behind the data. */
  readonly gridLine: string;
  readonly selection: string;
  /** Transparent except in the high contrast themes. */
  readonly selectionOutline: string;
  readonly hover: string;
  readonly focus: string;
  readonly error: string;
  readonly warning: string;
  readonly success: string;
  /** Thin lanes of agents, and bars of which nothing but the length is known. */
  readonly lane: string;
  readonly text: string;
  readonly reasoning: string;
  readonly toolArguments: string;
  readonly refusal: string;
  readonly memory: string;
  /** From a token rate of nothing to the highest; `rates.length` colours. */
  readonly rates: readonly string[];
  readonly rateLine: string;
  readonly rateArea: string;
  /** For the canvas's `font`, in CSS pixels. */
  readonly font: string;
  readonly smallFont: string;
}

const rateColours = 64;

export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const value = (name: string): string => style.getPropertyValue(name).trim();
  const family = value('--page-font-family');
  const rates = [0, 1, 2, 3].map((step) => value(`--rate-${step}`));
  return {
    background: value('--page-background'),
    foreground: value('--page-foreground'),
    dim: value('--dim'),
    gridLine: value('--grid-line'),
    selection: value('--selection'),
    selectionOutline: value('--selection-outline'),
    hover: value('--hover'),
    focus: value('--focus'),
    error: value('--error'),
    warning: value('--warning'),
    success: value('--success'),
    lane: value('--lane'),
    text: value('--kind-text'),
    reasoning: value('--kind-reasoning'),
    toolArguments: value('--kind-tool'),
    refusal: value('--kind-refusal'),
    memory: value('--memory'),
    rates: quantize(piecewise(interpolateLab, rates), rateColours),
    rateLine: value('--rate-2'),
    rateArea: value('--rate-area'),
    font: `12px ${family}`,
    smallFont: `11px ${family}`,
  };
}

/** Calls `listener` with the theme now and whenever it changes. */
export function watchTheme(listener: (theme: Theme) => void): () => void {
  listener(readTheme());
  const observer = new MutationObserver(() => listener(readTheme()));
  // VS Code sets the variables as style of the root and the kind of theme as class of the body.
  observer.observe(document.documentElement, { attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributeFilter: ['class', 'data-vscode-theme-id'] });
  return () => observer.disconnect();
}
