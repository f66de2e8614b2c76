import assert from 'node:assert/strict';
import { CheckedSettings } from '../../../src/editor/checkedSettings.js';
import {
  RetentionSettings,
  isRetentionOn,
  retentionEnvironment,
} from '../../../src/editor/retentionSettings.js';

describe('the settings of retention', () => {
  let written: Record<string, unknown>;
  const settingsOf = (values: Record<string, unknown>): RetentionSettings => {
    written = values;
    return new RetentionSettings(new CheckedSettings((name) => written[name]));
  };

  it('are off where nothing is set', () => {
    const { options, problems } = settingsOf({}).read();
    assert.deepEqual(problems, []);
    assert.equal(isRetentionOn(options), false);
    assert.deepEqual(Object.values(retentionEnvironment(options)), ['0', '0', '0']);
  });

  it('reach the command line as they were set', () => {
    const { options } = settingsOf({
      'retention.aggregateAfterDays': 7,
      'retention.maximumAgeDays': 90,
      'retention.maximumSizeMegabytes': 500,
    }).read();
    assert.equal(isRetentionOn(options), true);
    assert.deepEqual(retentionEnvironment(options), {
      LLM_STREAM_AGGREGATE_AFTER_DAYS: '7',
      LLM_STREAM_RETENTION_DAYS: '90',
      LLM_STREAM_RETENTION_MB: '500',
    });
  });

  for (const wrong of [-1, 0.5, '7', 36_501, NaN, true]) {
    it(`delete nothing more by ${String(wrong)} than by what was valid before`, () => {
      const settings = settingsOf({ 'retention.maximumAgeDays': 90 });
      written['retention.maximumAgeDays'] = wrong;
      const { options, problems } = settings.read();
      assert.equal(options.maximumAgeDays, 90);
      assert.match(
        problems.join(),
        /llmStream\.retention\.maximumAgeDays is not valid: .* applies: 90\.$/,
      );
    });
  }

  it('delete nothing by a value that was never valid', () => {
    const { options } = settingsOf({ 'retention.maximumAgeDays': 'always' }).read();
    assert.equal(isRetentionOn(options), false);
  });
});
