/** Tells one run to the trace writer, step after step, keeping the clock. */
import type { RunKey, RunStatus, StepKey, StepType } from '../src/model/trace.js';
import {
  type EpochMicroseconds,
  type Microseconds,
  epochMicroseconds,
  microseconds,
} from '../src/model/units.js';
import type { CallEnd, TraceWriter } from '../src/store/native/traceWriter.js';
import type { ProviderRequest } from './providers.js';
import { Random } from './random.js';
import { type Pace, Stream } from './stream.js';

export interface StoryRun {
  readonly id: string;
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly agentType: string;
  readonly sessionId?: string;
  readonly userId?: string;
  readonly metadata?: unknown;
}

export interface StoryCall {
  readonly request: ProviderRequest;
  readonly promptTokens?: number;
  /** What came; nothing for a call that was not streamed or was refused. */
  readonly stream?: Stream;
  /** Without a stream: how long the call took. */
  readonly durationMs?: number;
  /** From the last chunk with content to the last byte. */
  readonly tailMs?: number;
  /** From sending the request to the first chunk of any kind; a little before the first token when absent. */
  readonly firstChunkMs?: number;
  readonly end?: Partial<Omit<CallEnd, 'durationUs' | 'ttfcUs'>>;
  /** What the recorder noted besides. */
  readonly data?: unknown;
}

/** What a stage says of itself while it runs. */
export interface StoryStage {
  progress(fraction: number, message?: string): void;
  phase(name: string): void;
}

export class Story {
  readonly random: Random;
  private readonly run: RunKey;
  private nowUs: number;
  private parent: StepKey | null = null;
  private stepCount = 0;

  constructor(
    private readonly writer: TraceWriter,
    private readonly about: StoryRun,
    seed: number,
  ) {
    this.random = new Random(seed);
    this.nowUs = Date.parse(about.startedAt) * 1_000;
    this.run = writer.addRun({ ...about, startedAtUs: this.now });
  }

  stream(pace: Pace): Stream {
    return new Stream(this.random, pace);
  }

  /** The agent does something that leaves no step. */
  pause(ms: number): void {
    this.nowUs += Math.round(ms * 1_000);
  }

  agent(name: string, work: () => void): void {
    this.nest('agent', name, () => {
      work();
      return undefined;
    });
  }

  stage(name: string, work: (stage: StoryStage) => void): void {
    this.nest('stage', name, () => {
      const phases: { name: string; at_us: number }[] = [];
      let said: { progress: number; message?: string } | undefined;
      work({
        progress: (progress, message = said?.message) => {
          said = { progress, ...(message === undefined ? {} : { message }) };
        },
        phase: (phase) => phases.push({ name: phase, at_us: this.now }),
      });
      if (!said && phases.length === 0) return undefined;
      return { ...said, ...(phases.length > 0 && { phases }) };
    });
  }

  /** All branches start now; the story goes on when the last one has ended. */
  parallel(...branches: readonly (() => void)[]): void {
    const start = this.nowUs;
    let end = start;
    for (const branch of branches) {
      this.nowUs = start;
      branch();
      end = Math.max(end, this.nowUs);
    }
    this.nowUs = end;
  }

  call({ request, stream, end, ...rest }: StoryCall): StepKey {
    const key = this.writer.startCall({
      ...this.place('call'),
      name: request.model,
      provider: request.provider,
      wireFormat: request.wireFormat,
      model: request.model,
      streaming: request.streaming,
      request: JSON.stringify(request.body),
      data: rest.data,
      clockSource: 'proxy',
    });
    const firstUs = stream?.chunks[0]?.offsetUs;
    const durationUs = Math.round(
      stream === undefined
        ? (rest.durationMs ?? 0) * 1_000
        : stream.lengthUs + (rest.tailMs ?? 3) * 1_000,
    );
    const ttfcUs =
      rest.firstChunkMs === undefined
        ? (firstUs ?? durationUs) - Math.round(this.random.between(600, 2_400))
        : rest.firstChunkMs * 1_000;
    const answered = end?.errorCode !== 'UPSTREAM_UNREACHABLE';
    if (stream !== undefined) this.writer.addTokens(key, stream.chunks);
    this.writer.endCall(key, {
      state: 'completed',
      ...(answered ? { httpStatus: 200, ttfcUs: microseconds(ttfcUs) } : {}),
      ...(rest.promptTokens === undefined ? {} : { promptTokens: rest.promptTokens }),
      ...(stream === undefined || end?.state !== undefined
        ? {}
        : { completionTokens: stream.tokenCount, tokenCountSource: 'usage' }),
      ...end,
      durationUs: microseconds(durationUs),
    });
    this.nowUs += durationUs;
    return key;
  }

  tool(name: string, ms: number, input: unknown, output: unknown): void {
    this.event('tool_call', name, ms, { input, output });
  }

  failedTool(name: string, ms: number, input: unknown, error: string): void {
    this.event('tool_call', name, ms, { input, error }, 'failed');
  }

  memoryRead(key: string, value: unknown): void {
    this.event('memory_read', key, this.random.between(1, 4), { input: { key }, output: value });
  }

  memoryWrite(key: string, value: unknown): void {
    this.event('memory_write', key, this.random.between(1, 4), { input: { key, value } });
  }

  handOff(from: string, to: string, reason: string): void {
    this.event('agent_handoff', `hand-off to ${to}`, 0, { from, to, reason });
  }

  error(name: string, error: string): void {
    this.event('error', name, 0, { error }, 'failed');
  }

  finalAnswer(answer: string): void {
    this.event('final_answer', 'final answer', 0, { output: answer });
  }

  finish(status: RunStatus = 'completed'): void {
    this.writer.endRun(this.run, { status, endedAtUs: this.now });
  }

  private get now(): EpochMicroseconds {
    return epochMicroseconds(this.nowUs);
  }

  /** @param work gives the data of the step, where it has any. */
  private nest(type: StepType, name: string, work: () => unknown): void {
    const start = this.nowUs;
    const outer = this.parent;
    const key = this.writer.addStep({ ...this.place(type), type, name });
    this.parent = key;
    const data = work();
    this.parent = outer;
    this.writer.endStep(key, { status: 'completed', durationUs: this.since(start), data });
  }

  private event(
    type: StepType,
    name: string,
    ms: number,
    data: unknown,
    status = 'completed',
  ): void {
    const start = this.nowUs;
    const place = this.place(type);
    this.pause(ms);
    const length = ms === 0 ? {} : { durationUs: this.since(start) };
    this.writer.addStep({ ...place, type, name, status, data, ...length });
    // An agent never does its next thing in the same microsecond.
    this.pause(this.random.between(0.4, 3));
  }

  private since(startUs: number): Microseconds {
    return microseconds(this.nowUs - startUs);
  }

  private place(type: string): {
    id: string;
    run: RunKey;
    parent: StepKey | null;
    startedAtUs: EpochMicroseconds;
  } {
    this.stepCount++;
    return {
      id: `${this.about.id}-${type.replaceAll('_', '-')}-${this.stepCount}`,
      run: this.run,
      parent: this.parent,
      startedAtUs: this.now,
    };
  }
}
