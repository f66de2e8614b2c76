/** What an agent calls, put together. */
import { randomUUID } from 'node:crypto';
import type { LlmCall, Run, RunOptions, Step, StepOptions, Trace } from './api.js';
import { putCallEnd, putCallStart } from './calls.js';
import { monotonicUs } from './clock.js';
import { currentPlace, currentStream, placeOf, runWithin } from './context.js';
import { Destinations } from './destinations.js';
import { errorCode } from './errors.js';
import { Starting } from './starting.js';
import { telling } from './telling.js';
import { tracedStream } from './traceStream.js';
import { safely, warnOnce } from './warnings.js';
import { functionOf, workWithin } from './work.js';
import type { StepType } from './wire.js';

type Work<Started, T> = (started: Started) => T;

export function createTrace(destinations: Destinations): Trace {
  const starting = new Starting(destinations);

  function run<T>(name: string, given: RunOptions | Work<Run, T>, then?: Work<Run, T>): T {
    const [options, work] = optionsAndWork(given, then, 'run');
    const started = starting.run(name, options);
    return workIn(started, () => work(started));
  }

  const stepRunner = (type: StepType) =>
    function runStep<T>(name: string, given: StepOptions | Work<Step, T>, then?: Work<Step, T>): T {
      const [options, work] = optionsAndWork(given, then, type);
      const started = starting.step(type, name, options);
      return workIn(started, () => work(started));
    };

  const trace: Trace = {
    configure: (options) => destinations.configure(options),
    run,
    stage: stepRunner('stage'),
    agent: stepRunner('agent'),
    tool: (name, input, given) => {
      const work = functionOf<typeof given>(given, 'tool');
      const started = starting.step('tool_call', name, { input });
      return workIn(
        started,
        () => work(started),
        (output) => started.end({ output }),
      );
    },
    startRun: starting.run,
    startStep: starting.step,
    startLlmStream: starting.stream,
    within: (parent, given) => {
      const work = functionOf<typeof given>(given, 'within');
      const place = safely(null, () => placeOf(parent) ?? destinations.placeFor(parent));
      return place ? runWithin(place, work) : work();
    },
    traceStream: (source, request) => tracedStream(starting, source, request),
    addLlmToken: (text, options) => {
      const stream = currentStream();
      if (stream) stream.addToken(text, options);
      else if (trace.isRecording) {
        warnOnce(
          'no stream',
          'trace.addLlmToken was called where no stream is open, and the token is not recorded: call trace.startLlmStream before it.',
        );
      }
    },
    llm: (call) => safely(undefined, () => putWholeCall(destinations, call)),
    ...telling(destinations),
    get isRecording() {
      return safely(false, () => destinations.current !== null);
    },
    get isInRun() {
      return currentPlace() !== undefined;
    },
    flush: (timeoutMs) => safely(Promise.resolve(false), () => destinations.flush(timeoutMs)),
  };
  return trace;
}

interface Started {
  error(error: unknown): void;
  end(): void;
}

function workIn<T>(
  started: Started & (Run | Step),
  work: () => T,
  completed: (value: unknown) => void = () => started.end(),
): T {
  const failed = (error: unknown): void => {
    started.error(error);
    started.end();
  };
  return workWithin({ place: placeOf(started), completed, failed }, work);
}

function optionsAndWork<Options, Started, T>(
  given: Options | Work<Started, T>,
  then: Work<Started, T> | undefined,
  where: string,
): readonly [Options | undefined, Work<Started, T>] {
  if (typeof given === 'function') return [undefined, given as Work<Started, T>];
  return [given, functionOf<Work<Started, T>>(then, where)];
}

function putWholeCall(destinations: Destinations, call: LlmCall): void {
  const place = destinations.placeFor(call.parent);
  if (place === null) return;
  const { durationMs, error } = call;
  const isLength = typeof durationMs === 'number' && durationMs >= 0 && durationMs < Infinity;
  const durationUs = isLength ? durationMs * 1_000 : 0;
  const id = randomUUID();
  const startedUs = monotonicUs() - durationUs;
  putCallStart(place, call, { id, startedUs, streaming: false, sampleRate: undefined });
  putCallEnd(place.run.destination, call, {
    ...{ id, durationUs },
    failure: error === undefined || error === null ? undefined : { error, code: errorCode(error) },
  });
}

const sharedName = Symbol.for('llm-stream-sdk');

/** One for the whole process, also when it loads the package as an ES module and as CommonJS. */
export function sharedTrace(): Trace {
  const holder = globalThis as { [sharedName]?: Trace };
  return (holder[sharedName] ??= createTrace(new Destinations()));
}
