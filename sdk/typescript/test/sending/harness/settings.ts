import type { SendingSettings } from '../../../src/sending/settings.js';

export const settingsFor = (
  endpoint: string,
  changed: Partial<SendingSettings> = {},
): SendingSettings => ({
  ...{ endpoint, token: 'secret', enabled: true, whenAway: 'drop', spoolFolder: '/nowhere' },
  ...{ spoolMegabytes: 1_024, bufferMegabytes: 32, exitTimeoutSeconds: 0, handleSignals: false },
  ...changed,
});
