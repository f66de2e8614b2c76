/** A theme whose colours are their own names. */
import type { Theme } from '../../../webview/shell/theme.js';

export const sampleTheme: Theme = {
  background: 'background',
  foreground: 'foreground',
  dim: 'dim',
  gridLine: 'grid line',
  selection: 'selection',
  selectionOutline: 'selection outline',
  hover: 'hover',
  focus: 'focus',
  error: 'error',
  warning: 'warning',
  success: 'success',
  lane: 'lane',
  text: 'text',
  reasoning: 'reasoning',
  toolArguments: 'tool',
  refusal: 'refusal',
  memory: 'memory',
  rates: Array.from({ length: 11 }, (_, index) => `rate ${index * 10} %`),
  rateLine: 'rate line',
  rateArea: 'rate area',
  font: 'font',
  smallFont: 'small font',
};
