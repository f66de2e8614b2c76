import assert from 'node:assert/strict';
import { checkInput } from '../../fuzz/checkInput.js';
import { keptInputs } from '../../fuzz/corpus.js';
import { fuzz } from '../../fuzz/fuzzer.js';
import { minimise } from '../../fuzz/minimise.js';
import { mutate } from '../../fuzz/mutate.js';
import { Random } from '../../fuzz/random.js';
import { type FuzzTarget, bytesOf } from '../../fuzz/target.js';
import { targets } from '../../fuzz/targets/all.js';

describe('an input of the corpus of', () => {
  for (const target of targets) {
    it(`${target.name} keeps every promise, as each does that once failed`, async () => {
      for (const { file, input } of keptInputs(target.name)) {
        await assert.doesNotReject(checkInput(target, input), `corpus/${target.name}/${file}`);
      }
    });
  }
});

describe('fuzzing', () => {
  const target = (check: FuzzTarget['check']): FuzzTarget => ({
    ...{ name: 'none', seeds: () => [], words: [], check },
  });

  it('makes the same inputs of the same seed', () => {
    const made = (): string[] => {
      const random = Random.of('a', 5);
      const corpus = [bytesOf('{"a":1}\n{"b":"c"}'), bytesOf('[1,2]')];
      return Array.from({ length: 200 }, () =>
        mutate(corpus[0]!, { random, corpus, words: ['x'] }).toString('hex'),
      );
    };
    assert.deepEqual(made(), made());
    assert.ok(new Set(made()).size > 100, 'they differ');
  });

  it('finds what is wrong behind a mark that no seed has, and gives its shortest input', async () => {
    const wrong: FuzzTarget = {
      ...{ name: 'none', words: ['<<'], seeds: () => [bytesOf('{"a":12,"b":"some text"}')] },
      check: (input) => {
        const text = Buffer.from(input).toString('latin1');
        if (/<<[^]*null/.test(text)) throw new Error('on purpose');
        return [text.includes('<<') ? 'a mark' : 'none'];
      },
    };
    const { failure } = await fuzz(wrong, { seed: 1, seconds: 15 });
    assert.equal(Buffer.from(failure?.input ?? []).toString(), '<<null');
  });

  it('makes an input that fails as short as it can be', async () => {
    const shortest = await minimise(bytesOf('so much text with an ! and more'), (input) =>
      Promise.resolve(input.includes(0x21)),
    );
    assert.deepEqual(shortest, Buffer.from('!'));
  });

  it('takes a slow input for a failure', async () => {
    const slow = target(() => {
      const { user } = process.cpuUsage();
      while (process.cpuUsage().user - user < 50_000);
      return [];
    });
    await assert.rejects(checkInput({ ...slow, slowestMs: 20 }, bytesOf('a')), /^Error: Slow/);
  });
});
