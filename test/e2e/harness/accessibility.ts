/** axe-core on the trace page. */
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import type { AxeResults } from 'axe-core';
import type { TracePage } from './tracePage.js';

declare global {
  interface Window {
    readonly axe: { run(context: Document, options: object): Promise<AxeResults> };
  }
}

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Each violation as "rule: what is wrong: which element". */
export async function accessibilityViolations(trace: TracePage): Promise<string[]> {
  const frame = await trace.frame();
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
  await frame.evaluate(source);
  const results = await frame.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: 'tag', values } }),
    rules,
  );
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`),
  );
}
