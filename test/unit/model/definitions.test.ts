import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  type FigureDefinition,
  callFigures,
  runFigures,
  stageFigures,
} from '../../../src/model/definitions.js';
import { formatCount, formatDuration } from '../../../src/model/formatting.js';
import { defaultStallRule } from '../../../src/model/stalls.js';

const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');

const row = ({ name, definition, formula, source }: FigureDefinition): string =>
  `| ${name} | ${definition} | ${formula} | ${source} |`;

/** The rows of the table below a heading, without the table's head. */
function tableBelow(heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.replace(/ +/g, ' '));
}

describe('definitions of figures', () => {
  it('are the same in docs/metrics.md as on hover', () => {
    assert.deepEqual(tableBelow('Figures of a call'), Object.values(callFigures).map(row));
    assert.deepEqual(tableBelow('Figures of a run'), Object.values(runFigures).map(row));
    assert.deepEqual(tableBelow('Figures of a stage'), Object.values(stageFigures).map(row));
  });

  it('say everything, in sentences', () => {
    const figures: FigureDefinition[] = [
      ...Object.values(callFigures),
      ...Object.values(runFigures),
      ...Object.values(stageFigures),
    ];
    for (const figure of figures) {
      assert.match(figure.definition, /^[A-Z].*\.$/, figure.name);
      assert.ok(figure.formula.length > 0 && figure.source.length > 0, figure.name);
    }
  });

  it('name the stall rule that is the default', () => {
    const { minimumUs, medianFactor } = defaultStallRule;
    assert.equal(formatDuration(minimumUs), '1.00 s');
    const milliseconds = formatCount(minimumUs / 1_000).replace(',', ' ');
    assert.ok(callFigures.stalls.formula.includes(`(${milliseconds} ms)`));
    assert.ok(callFigures.stalls.formula.includes(`(${medianFactor})`));
  });
});
