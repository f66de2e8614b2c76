/** What is open around a piece of work, across awaits, timers and events. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { LlmStream, Run, Step } from './api.js';
import type { RunClock } from './clock.js';
import type { ShownErrors } from './errors.js';
import type { Outbox } from './sending/outbox.js';
import type { TraceSettings } from './settings.js';
import { surroundings } from './surroundings.js';

/** Where records go. */
export interface Destination {
  readonly settings: TraceSettings;
  readonly outbox: Outbox;
}

/** What all within a run have in common. */
export interface RunFrame {
  readonly id: string;
  readonly clock: RunClock;
  readonly destination: Destination;
  readonly shownErrors: ShownErrors;
}

/** A run, or a step or a call of it, that others happen within. */
export interface Place {
  readonly run: RunFrame;
  /** Of the step or call; undefined: the run itself. */
  readonly id: string | undefined;
}

export type Parent = Run | Step | LlmStream;
type Stream = LlmStream & { readonly hasEnded: boolean };

/** A stream, with the one that was open when it was started. */
interface OpenedStream {
  readonly stream: Stream;
  readonly before: OpenedStream | undefined;
}

interface Context {
  readonly place: Place | undefined;
  readonly opened: OpenedStream | undefined;
}

const contexts = new AsyncLocalStorage<Context>();
const placesOfParents = new WeakMap<object, Place>();

/** What was open around when something was started that may be a parent. */
const placesAround = new WeakMap<Place, Place | undefined>();

const ownPlace = (): Place | undefined => contexts.getStore()?.place;

/** What a framework has opened is nearer, unless the agent has opened something within it since. */
export function currentPlace(): Place | undefined {
  const place = ownPlace();
  const ofFramework = placeOf(surroundings());
  return ofFramework && placesAround.get(ofFramework) === place ? ofFramework : place;
}

/** Streams that are started within are not seen outside of it. */
export const runWithin = <T>(place: Place | undefined, work: () => T): T =>
  contexts.run({ place, opened: newestOpen() }, work);

/** Makes what was started usable as a parent. */
export function setPlace(parent: Parent, place: Place): void {
  placesOfParents.set(parent, place);
  placesAround.set(place, ownPlace());
}

export const placeOf = (parent: unknown): Place | undefined =>
  typeof parent === 'object' && parent !== null ? placesOfParents.get(parent) : undefined;

/** Each of two functions that run at once goes on with the stream that it has started itself. */
export function enterStream(stream: Stream): void {
  contexts.enterWith({ place: ownPlace(), opened: { stream, before: newestOpen() } });
}

/** The stream that was started last in this context and is open. */
export const currentStream = (): LlmStream | undefined => newestOpen()?.stream;

function newestOpen(): OpenedStream | undefined {
  let opened = contexts.getStore()?.opened;
  while (opened?.stream.hasEnded) opened = opened.before;
  return opened;
}
