/** Looks on while an agent reads a stream of a model: chunks, errors and the pace stay as they are. */
import type { StreamSource, TraceStreamRequest } from './api.js';
import { ChunkReader } from './chunks/reader.js';
import { placeOf, runWithin } from './context.js';
import type { Starting } from './starting.js';
import { safely } from './warnings.js';
import { WatchedChunks } from './watchedChunks.js';
import { isThenable } from './work.js';

type Result<Chunk> = IteratorResult<Chunk, unknown>;

/** The source's own iterator; that of a list or the like gives its results at once. */
type Reading<Chunk> =
  | { readonly isAsync: true; readonly iterator: AsyncIterator<Chunk, unknown, unknown> }
  | { readonly isAsync: false; readonly iterator: Iterator<Chunk, unknown, unknown> };

export function tracedStream<Chunk>(
  starting: Starting,
  source: StreamSource<Chunk>,
  request?: TraceStreamRequest<Chunk>,
): AsyncIterable<Chunk> {
  const start = () =>
    new WatchedChunks(
      starting.stream(request),
      new ChunkReader(safely(undefined, () => request?.textOf)),
    );
  // What is awaited is under way; all else begins when it is asked for its first chunk.
  let underWay = isThenable(source) ? start() : undefined;
  return {
    [Symbol.asyncIterator]: () => {
      const begun = underWay;
      underWay = undefined;
      return new TracedIterator(source, begun, start);
    },
  };
}

class TracedIterator<Chunk> implements AsyncIterator<Chunk, unknown, unknown> {
  private opened: Promise<Reading<Chunk>> | undefined;

  constructor(
    private readonly source: StreamSource<Chunk>,
    private watched: WatchedChunks<Chunk> | undefined,
    private readonly start: () => WatchedChunks<Chunk>,
  ) {}

  async next(...values: [] | [unknown]): Promise<Result<Chunk>> {
    const watched = (this.watched ??= this.start());
    try {
      const reading = await (this.opened ??= this.open(watched));
      const result = await nextOf(reading, values);
      if (result.done) watched.ended();
      else watched.came(result.value);
      return result;
    } catch (error) {
      watched.failed(error);
      throw error;
    }
  }

  /** A `break`, or an exception in the agent's loop. */
  async return(value?: unknown): Promise<Result<Chunk>> {
    this.watched?.left();
    // What could not be opened has nothing to close.
    const reading = await this.opened?.catch(() => undefined);
    const result = await reading?.iterator.return?.(value);
    return result ?? { done: true, value };
  }

  private async open({ stream }: WatchedChunks<Chunk>): Promise<Reading<Chunk>> {
    const { source } = this;
    const call = typeof source === 'function' ? source : () => source;
    return readingOf(await runWithin(placeOf(stream), call));
  }
}

function readingOf<Chunk>(chunks: AsyncIterable<Chunk> | Iterable<Chunk>): Reading<Chunk> {
  if (isAsyncIterable(chunks)) {
    return { isAsync: true, iterator: chunks[Symbol.asyncIterator]() };
  }
  return { isAsync: false, iterator: chunks[Symbol.iterator]() };
}

async function nextOf<Chunk>(
  { isAsync, iterator }: Reading<Chunk>,
  values: [] | [unknown],
): Promise<Result<Chunk>> {
  if (isAsync) return iterator.next(...values);
  const result = iterator.next(...values);
  // A list of promises is read as its values, as `for await` does.
  return result.done ? result : { done: false, value: await result.value };
}

/** What is neither fails where the agent reads it, as it would without a trace. */
const isAsyncIterable = <Chunk>(
  chunks: AsyncIterable<Chunk> | Iterable<Chunk>,
): chunks is AsyncIterable<Chunk> => typeof chunks === 'object' && Symbol.asyncIterator in chunks;
