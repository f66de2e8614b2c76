/** A process of the lock's tests: `lockContender.ts TRACE` takes the lock when it is told to, and says how it went. */
import { toTraceError } from '../../../../src/protocol/errors.js';
import { acquireLock } from '../../../../src/store/log/captureLock.js';

const [trace = ''] = process.argv.slice(2);

process.on('message', () => {
  void acquireLock(trace).then(
    () => process.send?.('taken'),
    (thrown: unknown) => process.send?.(toTraceError(thrown).code),
  );
});
process.once('disconnect', () => process.exit(0));
process.send?.('ready');
