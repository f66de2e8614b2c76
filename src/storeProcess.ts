/** Composition root of the store process: answers what the extension host asks about traces. */
import { openReader } from './formats/registry.js';
import { Channel } from './protocol/channel.js';
import type { StoreClientSurface, StoreSurface } from './protocol/storeMessages.js';
import { Documents } from './store/process/documents.js';
import { processPort } from './store/process/processPort.js';

const documents = new Documents(openReader, (method, params) => channel.notify(method, params));
const channel = new Channel<StoreSurface, StoreClientSurface>(
  processPort(process),
  documents.handlers,
  {},
);

// The window was closed, or its extension host died.
process.once('disconnect', () => {
  channel.dispose();
  documents.closeAll();
  process.exit(0);
});
