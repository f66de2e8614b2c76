/** When a connection to an upstream was read, noted before what came is parsed. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Microseconds } from '../../model/units.js';
import { monotonicUs } from '../clock.js';

export interface SocketReads {
  /** Of the last read. */
  atUs: Microseconds;
}

const known = new WeakMap<Socket, SocketReads>();

export function readsOf(socket: Socket): SocketReads {
  const found = known.get(socket);
  if (found) return found;
  const reads: SocketReads = { atUs: monotonicUs() };
  known.set(socket, reads);
  socket.prependListener('data', () => {
    reads.atUs = monotonicUs();
  });
  return reads;
}

/** Calls when bytes that were given to the socket leave this machine; at once for one of the pool. */
export function whenConnected(socket: Socket, isReused: boolean, connected: () => void): void {
  if (isReused) connected();
  else if (socket instanceof TLSSocket) socket.once('secureConnect', connected);
  else if (socket.connecting) socket.once('connect', connected);
  else connected();
}
