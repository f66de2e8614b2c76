import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepTypes } from '../../../src/model/trace.js';
import { epochMicroseconds, microseconds } from '../../../src/model/units.js';
import { Database } from '../../../src/store/database.js';
import { aggregateCall } from '../../../src/store/native/aggregation.js';
import { applicationId } from '../../../src/store/native/schema.js';
import { latestVersion } from '../../../src/store/native/migrations.js';
import { ExampleTrace, exampleTokens, runStartUs } from './exampleTrace.js';
import type { TraceEvent } from '../../../src/store/log/traceEvent.js';
import { sampleEvents } from './log/logEvents.js';

describe('docs/trace-format.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/trace-format.md'), 'utf8');
  let database: Database;
  before(async () => {
    const trace = await ExampleTrace.create();
    trace.addCall('call-1', 20, { completionTokens: 20 });
    trace.addCall('call-2', 2, { state: 'failed', errorCode: 'TIMEOUT' });
    const stalled = trace.startCall('call-3');
    const late = exampleTokens(40).map((token, position) => ({
      ...token,
      offsetUs: microseconds(token.offsetUs + (position < 20 ? 0 : 2_000_000)),
    }));
    trace.writer.addTokens(stalled, late);
    trace.writer.endCall(stalled, { state: 'completed', durationUs: microseconds(4_000_000) });
    aggregateCall(trace.writer, stalled, epochMicroseconds(runStartUs));
    trace.writer.addStep({
      ...{
        id: 'stage',
        run: trace.run,
        type: 'stage',
        name: 'Write',
        startedAtUs: epochMicroseconds(runStartUs),
      },
      ...{ durationUs: microseconds(9_000) },
      data: { progress: 1, phases: [{ name: 'detailed', at_us: runStartUs + 1_000 }] },
    });
    database = await Database.open(trace.writer.toBytes());
    trace.writer.close();
  });
  after(() => database.close());

  const examples = [...text.matchAll(/```sql\n([^`]*)```/g)].map((match) => match[1] ?? '');
  for (const sql of examples) {
    it(`has an example that finds something: ${sql.split('\n')[0] ?? ''}`, () => {
      assert.ok(database.all(sql).length > 0);
    });
  }

  it('names every event of a log and its fields', () => {
    const part = text.slice(text.indexOf('## The log of a capture'));
    const progressed: TraceEvent = {
      ...{ type: 'step-progressed', stepId: 'stage', atUs: epochMicroseconds(runStartUs) },
      ...{ progress: 0.5, phase: 'detailed', message: 'page 1' },
    };
    for (const event of [...sampleEvents, progressed]) {
      const line = part.split('\n').find((row) => row.startsWith(`| \`${event.type}\``));
      for (const name of Object.keys(event)) {
        assert.ok(name === 'type' || line?.includes(`\`${name}\``), `${event.type}.${name}`);
      }
    }
  });

  it('names every table, view and column, and every type of step', () => {
    const names = database
      .all("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
      .map((row) => String(row['name']));
    assert.equal(names.length, 7);
    for (const name of names) {
      const part = sectionOf(name);
      for (const column of database.all('SELECT name FROM pragma_table_info(?)', [name])) {
        assert.ok(
          part.includes(`\`${String(column['name'])}\``),
          `${name}.${String(column['name'])}`,
        );
      }
    }
    for (const type of stepTypes) assert.ok(sectionOf('steps').includes(`\`${type}\``), type);
  });

  /** The table's section, or the view's row. */
  function sectionOf(name: string): string {
    const section = new RegExp(`^### ${name}\\n(.*?)(?=^##)`, 'ms').exec(text)?.[1];
    const row = new RegExp(`^\\| \`${name}\` .*$`, 'm').exec(text)?.[0];
    const found = section ?? row;
    assert.ok(found, name);
    return found;
  }

  it('says the identification and the version', () => {
    assert.ok(text.includes(`0x${applicationId.toString(16).toUpperCase()}`));
    assert.ok(text.includes(`now **${latestVersion}**`));
  });
});
