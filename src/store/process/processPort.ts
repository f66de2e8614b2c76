/** The channel's port between a process and its child. */
import type { Message, Port } from '../../protocol/channel.js';
import { TraceError } from '../../protocol/errors.js';

/** What `process` and a `ChildProcess` with an IPC channel have in common. */
interface IpcEndpoint {
  readonly connected: boolean;
  send?(message: unknown, callback: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
}

export function processPort(endpoint: IpcEndpoint): Port {
  return {
    post: (message: Message) => {
      if (!endpoint.connected) throw new TraceError('closed', 'The other process has ended.');
      // A failure to send shows as the end of the process, which settles everything.
      endpoint.send?.(message, () => undefined);
    },
    listen: (receive) => {
      endpoint.on('message', receive);
      return () => endpoint.off('message', receive);
    },
  };
}
