/** Writes an answer as its scenario says, each piece at its time, and notes what was written when. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Microseconds, microseconds } from '../../src/model/units.js';
import type { Piece } from './answer.js';
import { nowUs, waitUntil } from './clock.js';
import { type Encoder, encoderOf } from './encoding.js';
import type { Frame } from './formats/format.js';
import type { Scenario } from './scenario.js';
import { type Truth, trueToken } from './truth.js';

/** Between the parts of an event that is cut into several writes. */
const splitGapMs = 1;
/** Writes without a wait between them that are made in one go. */
const writesPerTurn = 64;

export interface Playing {
  readonly response: ServerResponse;
  readonly scenario: Scenario;
  readonly truth: Truth;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/** The head is out. Ends the response, unless the scenario lets it hang. */
export async function playStream(
  playing: Playing,
  frames: readonly Frame[],
  { ping, errorEvent }: { readonly ping: string; readonly errorEvent: string },
): Promise<void> {
  const { scenario, signal } = playing;
  const tokens = scenario.ending === 'complete' ? Infinity : scenario.endAfter;
  const writer = new Writer(playing);
  const schedule = new Schedule(playing);
  for (const write of writesOf(framesUntil(frames, tokens), scenario)) {
    if (signal.aborted) return;
    if (write.pieces.length > 0) await schedule.next();
    await writer.write(write);
    if (ping !== '' && isPingDue(playing, write)) await writer.write({ wire: ping, pieces: [] });
  }
  if (scenario.ending !== 'complete') await schedule.next();
  if (signal.aborted) return;
  if (scenario.ending === 'error-event') await writer.write({ wire: errorEvent, pieces: [] });
  await finish(playing, writer);
}

/** A body in one piece; an ending other than "complete" comes in its middle. */
export async function playWhole(
  playing: Playing,
  body: Buffer,
  pieces: readonly Piece[],
): Promise<void> {
  const { scenario, response, truth } = playing;
  // There is no such thing as an error event or a missing terminal event in a body of one piece.
  const isWhole = ['complete', 'error-event', 'truncated'].includes(scenario.ending);
  const wire = isWhole ? body : body.subarray(0, body.length / 2);
  truth.bytes += wire.length;
  const writtenUs = nowUs();
  response.write(wire);
  if (isWhole) truth.tokens.push(...pieces.map((piece) => trueToken(piece, writtenUs, 0)));
  await finish({ ...playing, scenario: isWhole ? { ...scenario, ending: 'complete' } : scenario });
}

async function finish({ scenario, response, truth }: Playing, writer?: Writer): Promise<void> {
  const { ending } = scenario;
  if (ending === 'hang') return;
  truth.ending = ending;
  if (ending === 'reset') response.socket?.resetAndDestroy();
  else if (ending === 'cut') response.socket?.destroy();
  else await writer?.end();
  response.end();
  truth.endedUs = nowUs();
}

/** The frames up to and including the one with the token of this number. */
function framesUntil(frames: readonly Frame[], tokens: number): readonly Frame[] {
  let seen = 0;
  const last = frames.findIndex(({ pieces }) => (seen += pieces.length) >= tokens);
  return last < 0 ? frames : frames.slice(0, last + 1);
}

/** Joins as many frames as the scenario wants tokens in one write. */
function* writesOf(frames: readonly Frame[], { eventsPerWrite }: Scenario): Generator<Frame> {
  let joined: Frame = { wire: '', pieces: [] };
  for (const { wire, pieces } of frames) {
    joined = { wire: joined.wire + wire, pieces: [...joined.pieces, ...pieces] };
    if (eventsPerWrite > 1 && joined.pieces.length < eventsPerWrite) continue;
    yield joined;
    joined = { wire: '', pieces: [] };
  }
  if (joined.wire !== '') yield joined;
}

function isPingDue({ scenario: { pingEvery }, truth }: Playing, { pieces }: Frame): boolean {
  return pingEvery > 0 && pieces.length > 0 && truth.tokens.length % pingEvery === 0;
}

/** Times of the writes, reckoned from the head, so that a late one does not make the others late. */
class Schedule {
  private dueUs: Microseconds = nowUs();
  private count = 0;

  constructor(private readonly playing: Playing) {}

  async next(): Promise<void> {
    const { scenario, signal } = this.playing;
    const gapMs = scenario.gapsMs[this.count++ % scenario.gapsMs.length] ?? 0;
    this.dueUs = microseconds(this.dueUs + gapMs * 1_000);
    if (gapMs > 0) await waitUntil(this.dueUs, { signal, isPrecise: scenario.isPrecise });
    else if (this.count % writesPerTurn === 0) await nextTurn();
  }
}

class Writer {
  private readonly encoder: Encoder;
  private count = 0;
  /** Written to an encoder that has not let them out. */
  private held: Piece[] = [];

  constructor(private readonly playing: Playing) {
    this.encoder = encoderOf(playing.scenario);
  }

  async write({ wire, pieces }: Frame): Promise<void> {
    const bytes = Buffer.from(wire);
    this.playing.truth.bytes += bytes.length;
    this.held.push(...pieces);
    const encoded = await this.encoder.write(bytes);
    if (encoded.length === 0) return;
    const parts = this.cut(encoded, pieces.length > 0);
    for (const [number, part] of parts.entries()) {
      if (number > 0) await this.pause();
      await this.send(part, number === parts.length - 1);
    }
  }

  async end(): Promise<void> {
    const rest = await this.encoder.end();
    if (rest.length > 0) await this.send(rest, true);
  }

  private async send(bytes: Buffer, isLast: boolean): Promise<void> {
    const { response, truth, signal } = this.playing;
    if (signal.aborted) return;
    const writtenUs = nowUs();
    const isTaken = response.write(bytes);
    if (isLast) {
      truth.tokens.push(...this.held.map((piece) => trueToken(piece, writtenUs, this.count)));
      this.held = [];
    }
    this.count += 1;
    if (!isTaken) await once(response, 'drain', { signal }).catch(() => undefined);
  }

  private cut(bytes: Buffer, hasTokens: boolean): Buffer[] {
    const count = hasTokens ? Math.min(this.playing.scenario.writesPerEvent, bytes.length) : 1;
    const size = Math.ceil(bytes.length / count);
    return Array.from({ length: count }, (_, part) =>
      bytes.subarray(part * size, (part + 1) * size),
    ).filter((part) => part.length > 0);
  }

  private pause(): Promise<void> {
    const { signal, scenario } = this.playing;
    const dueUs = microseconds(nowUs() + splitGapMs * 1_000);
    return waitUntil(dueUs, { signal, isPrecise: scenario.isPrecise });
  }
}
