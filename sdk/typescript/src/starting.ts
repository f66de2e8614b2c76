/** Starts what an agent asks for, where it belongs; while nothing is recorded, things that do nothing. */
import type { LlmRequest, LlmStream, Run, RunOptions, Step, StepOptions } from './api.js';
import { currentPlace, enterStream } from './context.js';
import type { Destinations } from './destinations.js';
import { inactiveRun, inactiveStep, inactiveStream } from './inactive.js';
import { RecordedStream } from './llmStream.js';
import { RecordedRun, RunWithinRun, runFields } from './runs.js';
import { RecordedStep } from './steps.js';
import { safely, warnOnce } from './warnings.js';
import { type StepType, stepTypes } from './wire.js';

export class Starting {
  constructor(private readonly destinations: Destinations) {}

  readonly run = (name: unknown, options?: RunOptions): Run =>
    safely(inactiveRun, () => {
      const destination = this.destinations.current;
      if (destination === null) return inactiveRun;
      const around = currentPlace();
      if (around === undefined) return new RecordedRun(destination, name, options ?? {});
      const step = new RecordedStep(around, 'agent', name, { data: runFields(options ?? {}) });
      return new RunWithinRun(step);
    });

  readonly step = (type: unknown, name: unknown, options?: StepOptions): Step =>
    safely(inactiveStep, () => {
      const place = this.destinations.placeFor(options?.parent);
      if (place === null) return inactiveStep;
      return new RecordedStep(place, knownType(type), name, options ?? {});
    });

  readonly stream = (request?: LlmRequest): LlmStream =>
    safely(inactiveStream, () => {
      const place = this.destinations.placeFor(request?.parent);
      if (place === null) return inactiveStream;
      const stream = new RecordedStream(place, request ?? {});
      enterStream(stream);
      return stream;
    });
}

function knownType(type: unknown): StepType {
  const known = stepTypes.find((name) => name === type);
  if (known) return known;
  warnOnce(
    'step type',
    `A step has no type but ${stepTypes.join(', ')}: others are recorded as "custom".`,
  );
  return 'custom';
}
