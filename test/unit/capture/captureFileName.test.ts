import assert from 'node:assert/strict';
import { captureFileName, isCaptureFileName } from '../../../src/capture/captureFileName.js';

describe('the name of a capture', () => {
  it('is told from names that people give', () => {
    const name = captureFileName(new Date(2026, 10, 20, 14, 5, 3));
    assert.equal(name, 'capture-2026-11-20T14-05-03.llmtrace');
    assert.ok(isCaptureFileName(name));
    assert.ok(isCaptureFileName('capture-2026-11-20T14-05-03-2.llmtrace'));
    for (const other of ['capture.llmtrace', 'capture-2026.llmtrace', `my-${name}`, `${name}.db`]) {
      assert.ok(!isCaptureFileName(other), other);
    }
  });
});
