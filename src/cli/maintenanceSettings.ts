/** Settings of aggregation and retention from the environment; documented in docs/maintenance.md. */
import { type Environment, numberOf } from '../capture/environmentValues.js';

export interface MaintenanceSettings {
  /** 0: never. */
  readonly aggregateAfterDays: number;
  /** 0: for ever. */
  readonly retentionDays: number;
  /** Of all traces of the folder together; 0: without a limit. */
  readonly retentionMegabytes: number;
}

/** A century. */
export const mostDays = 36_500;
/** A petabyte. */
const mostMegabytes = 1e9;

/** @throws TraceError `invalid`, naming the variable and what it can be. */
export function maintenanceFromEnvironment(environment: Environment): MaintenanceSettings {
  return {
    aggregateAfterDays: numberOf(environment, 'LLM_STREAM_AGGREGATE_AFTER_DAYS', 0, mostDays, 0),
    retentionDays: numberOf(environment, 'LLM_STREAM_RETENTION_DAYS', 0, mostDays, 0),
    retentionMegabytes: numberOf(environment, 'LLM_STREAM_RETENTION_MB', 0, mostMegabytes, 0),
  };
}
