import assert from 'node:assert/strict';
import { tokenText } from '../../../src/model/tokens.js';
import {
  hostileAgentInspectorDatabase,
  hostileNativeTrace,
  hostileTexts,
  megabyteToken,
} from '../../fixtures/hostile.js';
import { openBytes, sectionsOf } from './opening.js';

/** Lone surrogates have no UTF-8; every other character comes back as it was. */
const stored = (text: string) => text.replace(/\p{Surrogate}/gu, '\uFFFD');

describe('Hostile text', function () {
  this.timeout(20_000);

  for (const [format, build] of [
    ['a native trace', hostileNativeTrace],
    ['an Agent Inspector database', hostileAgentInspectorDatabase],
  ] as const) {
    it(`comes through ${format} as the text that it is`, async () => {
      const reader = await openBytes(await build());
      const [run] = reader.runs();
      assert.match(run?.name ?? '', /<script>/);
      const steps = reader.steps(run!.key);
      assert.ok(steps.length > 5);
      const call = steps.find((step) => step.call && step.call.storedTokens > 0)!;
      const columns = reader.tokens(call.key);
      const texts = Array.from({ length: columns.count }, (_, at) => tokenText(columns, at));
      const missing = [...hostileTexts, megabyteToken].filter(
        (text) => !texts.includes(stored(text)),
      );
      const overwritten = format === 'a native trace' ? 0 : 1;
      assert.equal(missing.length, overwritten);
      for (const step of steps) {
        const sections = sectionsOf(reader, step);
        assert.match(Object.values(sections).join(), /<script>|scr/);
      }
      reader.close();
    });
  }
});
