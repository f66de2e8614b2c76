import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  beginningError,
  lostAtEnd,
  problemOf,
  takenOver,
} from '../../../../src/capture/log/problems.js';
import { TraceError } from '../../../../src/protocol/errors.js';

const trace = join('captures', 'agent.llmtrace');
const failure = (code?: string): Error => Object.assign(new Error('It failed'), { code });

describe('problems of a capture', () => {
  const cases = [
    ['ENOSPC', 'disk-full', 'busy', /Free some space/],
    ['EDQUOT', 'disk-full', 'busy', /Free some space/],
    ['EACCES', 'no-permission', 'no-permission', /permission/],
    ['EPERM', 'no-permission', 'no-permission', /permission/],
    ['EROFS', 'no-permission', 'no-permission', /permission/],
    ['ENOENT', 'folder-gone', 'not-found', /[Ff]older|Choose another/],
    ['EIO', 'write-failed', 'not-found', /\(It failed\).*Check the disk/],
    [undefined, 'write-failed', 'not-found', /\(It failed\)/],
  ] as const;

  for (const [code, problem, error, sentence] of cases) {
    it(`say what to do about ${code ?? 'anything else'}, while recording and before`, () => {
      for (const trouble of ['log', 'place', 'folder'] as const) {
        const met = problemOf(trouble, failure(code), trace);
        assert.equal(met.code, problem);
        assert.match(met.message, sentence);
        assert.match(met.message, /\.$/);
      }
      const thrown = beginningError(failure(code), trace);
      assert.equal(thrown.code, error);
      assert.match(thrown.message, sentence);
      assert.doesNotMatch(thrown.message, /goes on by itself/);
    });
  }

  it('pass on the sentences that there are already', () => {
    const known = new TraceError('busy', 'Another program has it open. Close it there.');
    assert.equal(beginningError(known, trace), known);
    assert.equal(problemOf('folder', known, trace).message, known.message);
  });

  it('name the trace', () => {
    assert.match(takenOver(trace).message, /agent\.llmtrace/);
    assert.equal(
      lostAtEnd(1, undefined, trace).message,
      '1 token of agent.llmtrace could not be written before the capture ended, and is lost.',
    );
    assert.match(lostAtEnd(0, undefined, trace).message, /^The last events of .* are lost\.$/);
  });
});
