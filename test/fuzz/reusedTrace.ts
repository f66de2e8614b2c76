/** One trace in memory for all inputs: making a new one costs more than what is tested. */
import { TraceWriter } from '../../src/store/native/traceWriter.js';

/** In the order in which rows can be deleted. */
const tables = ['llm_tokens', 'llm_calls', 'steps', 'runs'];

export class ReusedTrace {
  private writer: Promise<TraceWriter> | undefined;

  async empty(): Promise<TraceWriter> {
    const writer = await (this.writer ??= TraceWriter.create());
    for (const table of tables) writer.database.run(`DELETE FROM ${table}`);
    return writer;
  }
}

/** Everything that a trace holds. */
export const contentOf = (writer: TraceWriter): unknown =>
  tables.map((table) => writer.database.all(`SELECT * FROM ${table}`));
