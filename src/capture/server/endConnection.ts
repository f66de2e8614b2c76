import type { Duplex } from 'node:stream';

/** Long enough to read what came last; a client that keeps its connection open afterwards loses it. */
const closingMs = 2_000;

/** Closes it when what was written has been sent. */
export function endConnection(socket: Duplex): void {
  socket.end();
  // To close with something unread would take what was sent away from the client again.
  socket.resume();
  socket.on('error', () => socket.destroy());
  const timer = setTimeout(() => socket.destroy(), closingMs);
  socket.once('close', () => clearTimeout(timer));
}
