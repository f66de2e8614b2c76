/** What the life of a trace costs: aggregating, deleting, making the file smaller; and what it gains. */
import { buildLargeTrace } from '../../demo/large.js';
import { convertedTrace } from '../../src/maintenance/convertFile.js';
import { redactedTrace } from '../../src/maintenance/redactCopy.js';
import { type Redaction, createRedaction } from '../../src/redaction/redaction.js';
import { stepKey } from '../../src/model/trace.js';
import { epochMicroseconds } from '../../src/model/units.js';
import { aggregateCall, aggregateTrace } from '../../src/store/native/aggregation.js';
import { NativeReader } from '../../src/store/native/nativeReader.js';
import { migrate } from '../../src/store/native/migrations.js';
import { TraceWriter } from '../../src/store/native/traceWriter.js';
import { type Figure, timeRuns } from './figures.js';

const runs = 5;
const atUs = epochMicroseconds(Date.UTC(2027, 0) * 1_000);

export async function benchAggregation(): Promise<Figure[]> {
  const calls = await buildLargeTrace({ calls: 10, tokensPerCall: 10_000 });
  const oneCall = await buildLargeTrace({ calls: 1, tokensPerCall: 100_000 });
  const single = await timeWork(calls, (writer) => aggregateCall(writer, stepKey(1), atUs));
  const all = await timeWork(
    calls,
    (writer) => void Array.from(aggregateTrace(writer, { beforeUs: atUs, atUs })),
  );
  const deletion = await timeWork(calls, ({ database }) => database.run('DELETE FROM runs'));
  const migration = await timeWork(calls, ({ database }) => {
    migrate(database, 1);
    migrate(database);
  });
  const redaction = createRedaction({ useDefaults: true, keys: [], patterns: [] });
  const copying = await timeWork(calls, (writer) => redactAndClose(writer, redaction));
  const converting = await timeWork(calls, (writer) => convertAndClose(writer));
  return [
    {
      ...{ name: 'Redaction: a copy of 100,000 tokens', unit: 'ms', by: 'median' },
      ...{ goal: 2_000, limit: 20_000, samples: copying.workMs },
    },
    {
      ...{ name: 'Conversion: 100,000 tokens through the reader', unit: 'ms', by: 'median' },
      ...{ goal: 1_000, limit: 10_000, samples: converting.workMs },
    },
    {
      ...{ name: 'Aggregation: a call of 10,000 tokens', unit: 'ms', by: 'median' },
      ...{ goal: 100, limit: 500, samples: single.workMs },
    },
    {
      ...{ name: 'Aggregation: 100,000 tokens in ten calls', unit: 'ms', by: 'median' },
      ...{ goal: 1_000, limit: 5_000, samples: all.workMs },
    },
    {
      ...{ name: 'Aggregation: vacuum after it', unit: 'ms', by: 'median' },
      ...{ goal: 50, limit: 500, samples: all.vacuumMs },
    },
    { ...size('before, ten calls of 10,000 tokens'), samples: [calls.length / 1_000_000] },
    { ...size('after'), samples: all.megabytes },
    {
      ...{ name: 'Aggregation: what is left of ten calls of 10,000 tokens', unit: '%', by: 'max' },
      ...{ goal: 20, limit: 25, samples: all.leftPercent },
    },
    {
      ...{ name: 'Aggregation: what is left of one of 100,000 tokens', unit: '%', by: 'max' },
      ...{ goal: 20, limit: 25 },
      samples: (await timeWork(oneCall, (writer) => aggregateCall(writer, stepKey(1), atUs)))
        .leftPercent,
    },
    {
      ...{ name: 'Deletion: a run of 100,000 tokens', unit: 'ms', by: 'median' },
      ...{ goal: 200, limit: 2_000, samples: deletion.workMs },
    },
    {
      ...{ name: 'Deletion: vacuum after it', unit: 'ms', by: 'median' },
      ...{ goal: 50, limit: 500, samples: deletion.vacuumMs },
    },
    {
      ...{ name: 'Migration: 100,000 tokens down to version 1 and up again', unit: 'ms' },
      ...{ by: 'median', goal: 50, limit: 500, samples: migration.workMs },
    },
  ];
}

async function redactAndClose(from: TraceWriter, redaction: Redaction): Promise<void> {
  (await redactedTrace(from, 'bench', { redaction })).writer.close();
}

async function convertAndClose(from: TraceWriter): Promise<void> {
  (await convertedTrace(NativeReader.open(from.database), 'bench')).writer.close();
}

const size = (name: string): Pick<Figure, 'name' | 'unit' | 'by'> => ({
  ...{ name: `Aggregation: file ${name}`, unit: 'MB', by: 'max' },
});

interface Measured {
  readonly workMs: number[];
  readonly vacuumMs: number[];
  readonly megabytes: number[];
  readonly leftPercent: number[];
}

/** Each time from the same bytes. */
async function timeWork(
  bytes: Uint8Array,
  work: (writer: TraceWriter) => unknown,
): Promise<Measured> {
  const measured: Measured = { workMs: [], vacuumMs: [], megabytes: [], leftPercent: [] };
  for (let run = 0; run < runs; run++) {
    const writer = await TraceWriter.fromBytes(bytes.slice());
    measured.workMs.push(...(await timeRuns(1, () => work(writer))));
    measured.vacuumMs.push(...(await timeRuns(1, () => writer.database.exec('VACUUM'))));
    const left = writer.toBytes().length;
    measured.megabytes.push(left / 1_000_000);
    measured.leftPercent.push((left / bytes.length) * 100);
    writer.close();
  }
  return measured;
}
