/** An agent that spools: its calls, one after the other, until it is killed or has made so many. */
import { createOutbox } from '../../../src/sending/createOutbox.js';
import { putCall, runEnd, runStart } from '../harness/recording.js';
import { settingsFor } from '../harness/settings.js';

const [endpoint = '', spoolFolder = '', name = '', calls = '1', lives = ''] = process.argv.slice(2);
const outbox = createOutbox(
  settingsFor(endpoint, {
    ...{ whenAway: 'spool', spoolFolder },
    ...{ exitTimeoutSeconds: 1, handleSignals: true },
  }),
);
outbox.put(runStart(name));
for (let call = 0; call < Number(calls); call++) {
  putCall(outbox, `${name}-${call}`, 1_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
outbox.put(runEnd(name));
if (lives) setInterval(() => undefined, 1_000);
process.stdout.write('recorded\n');
