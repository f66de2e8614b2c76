/** A folder of traces for one test. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReader } from '../../../src/formats/registry.js';
import { epochMicroseconds, usPerDay } from '../../../src/model/units.js';
import { TraceError } from '../../../src/protocol/errors.js';
import { Database } from '../../../src/store/database.js';
import { openTrace } from '../../../src/store/openTrace.js';
import type { TraceQueries } from '../../../src/store/traceQueries.js';
import { ExampleTrace, runStartUs, stallRule } from '../store/exampleTrace.js';

/** A hundred days behind the calls of {@link FilesOfTest.write}. */
export const nowUs = epochMicroseconds(runStartUs + 100 * usPerDay);

export class FilesOfTest {
  folder = '';

  constructor() {
    beforeEach(() => {
      this.folder = mkdtempSync(join(tmpdir(), 'llm-stream-maintenance-'));
    });
    afterEach(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  get names(): string[] {
    return readdirSync(this.folder).sort();
  }

  bytes(name: string): Buffer {
    return readFileSync(this.path(name));
  }

  /** A trace with calls of so many tokens. */
  async write(
    name: string,
    tokens: readonly number[],
    fill?: (trace: ExampleTrace) => void,
  ): Promise<string> {
    const trace = await ExampleTrace.create();
    tokens.forEach((count, position) => trace.addCall(`call-${position}`, count));
    fill?.(trace);
    writeFileSync(this.path(name), trace.writer.toBytes());
    trace.writer.close();
    return this.path(name);
  }

  async open(name: string): Promise<TraceQueries> {
    return openTrace({ source: { kind: 'path', path: this.path(name) }, openReader, stallRule });
  }

  /** Tokens of each call, by its id. */
  async tokens(name: string): Promise<Record<string, number>> {
    const database = await Database.open(this.bytes(name));
    const rows = database.all(
      `SELECT step_id AS id, (SELECT count(*) FROM llm_tokens WHERE llm_tokens.call_key = step_key) AS tokens
       FROM steps JOIN llm_calls ON llm_calls.call_key = step_key ORDER BY step_key`,
    );
    database.close();
    return Object.fromEntries(rows.map(({ id, tokens }) => [String(id), Number(tokens)]));
  }
}

export const hasCode =
  (code: string, sentence = /./) =>
  (error: unknown): boolean =>
    error instanceof TraceError && error.code === code && sentence.test(error.message);
