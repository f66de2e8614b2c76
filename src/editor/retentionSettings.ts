/** What the settings say of old captures (`llmStream.retention.*`), checked; 0 is off. */
import { type CheckedSettings, wholeNumber } from './checkedSettings.js';

export interface RetentionOptions {
  readonly aggregateAfterDays: number;
  readonly maximumAgeDays: number;
  readonly maximumSizeMegabytes: number;
}

export interface ReadRetentionOptions {
  readonly options: RetentionOptions;
  /** A sentence for each setting that cannot be used as it is. */
  readonly problems: readonly string[];
}

/** A hundred years. */
const mostDays = 36_500;
const mostMegabytes = 1_000_000_000;

export class RetentionSettings {
  constructor(private readonly settings: CheckedSettings) {
    // What is valid now stays in force when it is invalid later.
    this.read();
  }

  read(): ReadRetentionOptions {
    const problems: string[] = [];
    const value = (name: keyof RetentionOptions, largest: number): number =>
      this.settings.value(
        { name: `retention.${name}`, byDefault: 0, check: wholeNumber(largest) },
        problems,
      );
    const options = {
      aggregateAfterDays: value('aggregateAfterDays', mostDays),
      maximumAgeDays: value('maximumAgeDays', mostDays),
      maximumSizeMegabytes: value('maximumSizeMegabytes', mostMegabytes),
    };
    return { options, problems };
  }
}

export const isRetentionOn = (options: RetentionOptions): boolean =>
  Object.values(options).some((limit) => limit > 0);

/** For the command line (`LLM_STREAM_*`). */
export const retentionEnvironment = (options: RetentionOptions): Record<string, string> => ({
  LLM_STREAM_AGGREGATE_AFTER_DAYS: String(options.aggregateAfterDays),
  LLM_STREAM_RETENTION_DAYS: String(options.maximumAgeDays),
  LLM_STREAM_RETENTION_MB: String(options.maximumSizeMegabytes),
});
