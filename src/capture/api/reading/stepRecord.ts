/** A step of a run as the API gives it. Times in milliseconds. */
import { z } from '@hono/zod-openapi';
import {
  type RunSummary,
  type Stage,
  type Step,
  type StepKey,
  stepTypes,
} from '../../../model/trace.js';
import { callRecord, callSchema } from './callRecord.js';
import { millisecondsOf } from '../../../model/jsonFigures.js';

const stageSchema = z
  .object({
    progress: z.number().nullable().openapi({ description: '0 to 1, as it said last.' }),
    message: z.string().nullable().openapi({ description: 'What it is at, as it said last.' }),
    phases: z
      .array(
        z.object({
          name: z.string(),
          start_ms: z.number().nullable().openapi({ description: "Since the stage's start." }),
        }),
      )
      .openapi({ description: 'In order; each goes on until the next one.' }),
  })
  .openapi('Stage', { description: 'What a stage said of itself.' });

export const stepSchema = z
  .object({
    id: z.string(),
    parent_id: z.string().nullable(),
    depth: z.int().openapi({ description: '0 for a step without a parent.' }),
    type: z.enum(stepTypes),
    name: z.string(),
    status: z.string().nullable(),
    failed: z.boolean(),
    timestamp_ms: z
      .number()
      .nullable()
      .openapi({ description: 'When it began, milliseconds since 1970.' }),
    start_ms: z.number().nullable().openapi({ description: "Since the run's start." }),
    duration_ms: z.number().nullable().openapi({
      description: 'Null while it runs, and for what has no length.',
    }),
    summary: z.string(),
    from: z.string().nullable().openapi({ description: 'Who handed off, or sent a message.' }),
    to: z.string().nullable(),
    stage: stageSchema.nullable().openapi({ description: 'Set for the type `stage`.' }),
    llm_call: callSchema.nullable().openapi({ description: 'Set for the type `llm_call`.' }),
  })
  .openapi('Step');

const stageRecord = ({ progress, message, phases }: Stage): z.infer<typeof stageSchema> => ({
  ...{ progress, message },
  phases: phases.map(({ name, offsetUs }) => ({ name, start_ms: millisecondsOf(offsetUs) })),
});

/** @param ids of all steps of the run. */
export function stepRecord(
  run: RunSummary,
  step: Step,
  ids: ReadonlyMap<StepKey, string>,
): z.infer<typeof stepSchema> {
  const { call } = step;
  return {
    id: step.id,
    parent_id: step.parentKey === null ? null : (ids.get(step.parentKey) ?? null),
    depth: step.depth,
    type: step.type,
    name: step.name,
    status: step.status,
    failed: step.failed,
    timestamp_ms: millisecondsOf(run.startedAtUs + step.startUs),
    start_ms: millisecondsOf(step.startUs),
    duration_ms: millisecondsOf(step.durationUs),
    summary: step.summary,
    from: step.between?.from ?? null,
    to: step.between?.to ?? null,
    stage: step.stage ? stageRecord(step.stage) : null,
    llm_call: call ? callRecord({ ...step, call }) : null,
  };
}
