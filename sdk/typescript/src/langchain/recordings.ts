/** What LangChain has begun and not yet ended, by its run ids. */
import type { LlmStream, Run, Step } from '../index.js';
import { Pieces } from './pieces.js';
import type { Told } from './runKind.js';

/** What of LangChain has no end (a stream that was not read to its end) is forgotten, the oldest first. */
const mostOpen = 10_000;

export interface Recording {
  /** Where what happens within belongs to; undefined: as if this were not there. */
  readonly place: Run | Step | LlmStream | undefined;
  readonly call?: CallRecording;
  end(ending: Ending): void;
}

export interface Ending {
  /** Where it was not known at the start. */
  readonly input?: unknown;
  readonly output?: unknown;
  /** Undefined: none. */
  readonly error?: unknown;
  /** The model was not asked: LangChain knew the answer. */
  readonly isCached?: boolean;
  /** The agent itself has ended it. */
  readonly isAbort?: boolean;
  /** Its root ended, and nobody had told of its own end. */
  readonly isAbandoned?: boolean;
}

/** The tokens of a call. */
export class CallRecording {
  readonly pieces = new Pieces();
  hasStreamed = false;
  /** What the newest chunk with a count said. */
  newestCompletionTokens: number | undefined;

  constructor(
    readonly stream: LlmStream,
    readonly provider: string | undefined,
  ) {}
}

interface Entry {
  readonly recording: Recording;
  readonly rootId: string;
  /** The same handler, or several of them, may stand in several lists of callbacks: then each tells all. */
  tellers: number;
  turn: number;
}

export class Recordings {
  private readonly open = new Map<string, Entry>();

  /** @param beginWithin gets undefined for the root of what LangChain runs */
  begin({ id, parentId }: Told, beginWithin: (parent: Recording['place']) => Recording): void {
    const known = this.open.get(id);
    if (known) {
      known.tellers += 1;
      return;
    }
    const parent = parentId === undefined ? undefined : this.open.get(parentId);
    const recording = beginWithin(parent?.recording.place);
    this.open.set(id, { recording, rootId: parent?.rootId ?? id, tellers: 1, turn: 0 });
    if (this.open.size > mostOpen) this.endOldest();
  }

  place(id: string | undefined): Recording['place'] {
    return id === undefined ? undefined : this.open.get(id)?.recording.place;
  }

  /** Undefined where another teller has told it, or will. */
  call(id: string): CallRecording | undefined {
    const entry = this.open.get(id);
    if (!entry) return undefined;
    entry.turn = (entry.turn + 1) % entry.tellers;
    return entry.turn === 0 ? entry.recording.call : undefined;
  }

  end(id: string, ending: Ending): void {
    const entry = this.open.get(id);
    if (!entry) return;
    this.open.delete(id);
    if (entry.rootId === id) this.abandon(id);
    entry.recording.end(ending);
  }

  /** LangChain does not tell when an agent reads no further in a stream. */
  private abandon(rootId: string): void {
    for (const [id, entry] of [...this.open].reverse()) {
      if (entry.rootId !== rootId) continue;
      this.open.delete(id);
      entry.recording.end({ isAbandoned: true });
    }
  }

  private endOldest(): void {
    for (const [id, { recording }] of this.open) {
      this.open.delete(id);
      recording.end({ isAbandoned: true });
      return;
    }
  }
}
