/** The end of the process, in all its forms, for whatever has something to finish then. */
import { constants } from 'node:os';
import process from 'node:process';
import { setTimeout } from 'node:timers';
import { isMainThread } from 'node:worker_threads';

export interface Ending {
  readonly handleSignals: boolean;
  /** Interrupts what is open, and sends; within its own limit of time. Never rejects. */
  finish(reason: string): Promise<unknown>;
  /** The same with no turn of the loop left. */
  finishNow(): void;
  /** Sends what there is; everything goes on. Never rejects. */
  flush(timeoutMs: number): Promise<unknown>;
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

const endings = new Set<Ending>();
let isWatching = false;
let isWatchingSignals = false;

export function finishBeforeEnd(ending: Ending): void {
  endings.add(ending);
  if (!isWatching) {
    isWatching = true;
    // Comes again whenever the loop is empty: what there is to finish becomes less each time.
    process.on('beforeExit', () => void finishAll('The process ended.'));
    process.on('exit', finishAllNow);
  }
  // Threads get no signals.
  if (ending.handleSignals && isMainThread && !isWatchingSignals) {
    isWatchingSignals = true;
    for (const signal of signals) watchSignal(signal);
  }
}

function watchSignal(signal: NodeJS.Signals): void {
  try {
    // Before a handler of the agent, which may be one for once: it is gone as soon as it is called.
    process.prependListener(signal, onSignal);
  } catch {
    // It does not exist on this system.
  }
}

function onSignal(signal: NodeJS.Signals): void {
  if (isHandledByAgent(signal)) {
    // The end that comes after it waits, not this.
    for (const ending of endings) void ending.flush(0);
    return;
  }
  // From then on a second one ends the process at once; not before the others have heard of this one.
  process.nextTick(() => process.removeListener(signal, onSignal));
  void finishAll(`The process was ended by ${signal}.`).then(() => {
    // Of what a signal ends, nothing else is told.
    finishAllNow();
    process.kill(process.pid, signal);
    // Where it cannot be sent to oneself.
    setTimeout(() => process.exit(128 + constants.signals[signal]), 200);
  });
}

/** Of a process with the number 1, as in a container, the system itself does not end on a signal. */
const isHandledByAgent = (signal: NodeJS.Signals): boolean =>
  process.pid === 1 || process.listenerCount(signal) > 1 + signalExitListeners();

/**
 * The widespread package signal-exit listens to do what it must before the end, and leaves the end to whoever listens
 * beside it.
 */
function signalExitListeners(): number {
  const emitters = [
    (process as { __signal_exit_emitter__?: unknown }).__signal_exit_emitter__,
    (globalThis as Record<symbol, unknown>)[Symbol.for('signal-exit emitter')],
  ] as ({ count?: unknown } | undefined)[];
  return emitters.reduce(
    (sum, emitter) => sum + (typeof emitter?.count === 'number' ? emitter.count : 0),
    0,
  );
}

const finishAll = (reason: string): Promise<unknown> =>
  Promise.all([...endings].map((ending) => ending.finish(reason)));

function finishAllNow(): void {
  for (const ending of endings) ending.finishNow();
}
