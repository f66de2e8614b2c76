/** Database files, whole: opened and asked everything that a page asks. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openReader } from '../../../src/formats/registry.js';
import { TokenKind, tokenText } from '../../../src/model/tokens.js';
import { microseconds } from '../../../src/model/units.js';
import { TraceError } from '../../../src/protocol/errors.js';
import { openTrace } from '../../../src/store/openTrace.js';
import type { TraceQueries } from '../../../src/store/traceQueries.js';
import { fixtureKey } from '../../unit/formats/opening.js';
import type { FuzzTarget } from '../target.js';

const stallRule = { minimumUs: microseconds(1_000_000), medianFactor: 5 };

const fixture = (path: string): Uint8Array =>
  readFileSync(join(import.meta.dirname, '../../fixtures', path));

/** What was read, in words. */
async function readTrace(bytes: Uint8Array): Promise<string[]> {
  const source = { kind: 'bytes', bytes, fileName: 'fuzz' } as const;
  const traits: string[] = [];
  let trace: TraceQueries | undefined;
  try {
    trace = await openTrace({ source, openReader, stallRule, keys: [fixtureKey] });
    const { runs, notices } = trace.summary();
    traits.push(...notices.map((notice) => notice.replace(/\d+/g, '0').slice(0, 60)));
    for (const { key } of runs) traits.push(...readRun(trace, key));
    return traits;
  } catch (thrown) {
    if (!(thrown instanceof TraceError) || thrown.code === 'internal') throw thrown;
    assert.match(thrown.message, /\w.*[.?]$|FILE \.recover$/s);
    return [...traits, `${thrown.code}: ${thrown.message.replace(/\d+/g, '0').slice(-60)}`];
  } finally {
    trace?.close();
  }
}

function readRun(trace: TraceQueries, run: Parameters<TraceQueries['run']>[0]): string[] {
  const { steps, lengthUs } = trace.run(run);
  assert.ok(lengthUs >= 1 && Number.isFinite(lengthUs), 'a run without length');
  for (const step of steps) {
    assert.ok(step.startUs >= 0 && Number.isFinite(step.startUs), 'a step before its run');
    trace.step(step.key);
    const columns = trace.tokens(step.key);
    assert.equal(columns.textEnd.at(-1) ?? 0, columns.text.length);
    for (let at = 0; at < columns.count; at++) {
      tokenText(columns, at);
      assert.ok(columns.kind[at]! <= TokenKind.other, 'a kind that is none');
      assert.ok(at === 0 || columns.offsetUs[at]! >= columns.offsetUs[at - 1]!, 'out of order');
    }
  }
  const calls = steps.filter(({ call }) => call).map(({ key }) => key);
  trace.rates({ run, calls, fromUs: microseconds(0), toUs: lengthUs, bins: 20 });
  return steps.map(({ type, status, call }) => `${type} ${status} ${call?.state ?? ''}`);
}

const words = [
  ...[
    '\0\0',
    '\x0d\0\0\0',
    '\x05\0\0\0',
    '\x81\x80',
    '\x7f\xff',
    'CREATE TABLE ',
    ' VIEW ',
    'NULL',
  ],
  ...['GENERATED ALWAYS AS (1)', 'completed', 'llm_call', '\x1f\x8b'],
];

const traces = (name: string, files: readonly string[]): FuzzTarget => ({
  name,
  words,
  seeds: () => files.map(fixture),
  longestInput: 256 * 1024,
  // SQLite's own check of a damaged file is not cheap.
  slowestMs: 5_000,
  check: (input) => readTrace(Buffer.from(input)),
});

export const traceFiles: readonly FuzzTarget[] = [
  traces('native-trace', ['native/version-1.llmtrace', 'native/version-2.llmtrace']),
  traces('agent-inspector', [
    ...['every-event.db', 'support-encrypted.db', 'tokens.db', 'uncompressed.db'].map(
      (file) => `agent-inspector/${file}`,
    ),
  ]),
];
