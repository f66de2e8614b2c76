/** The only file that talks to VS Code: the channel to the extension host, and the page's saved state. */
import { Channel, type Message, type NotificationHandlers } from '../src/protocol/channel.js';
import type { HostSurface, PageSurface } from '../src/protocol/pageMessages.js';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

export type HostChannel = Channel<PageSurface, HostSurface>;

const api = acquireVsCodeApi();

export function connectToHost(handlers: NotificationHandlers<PageSurface>): HostChannel {
  return new Channel<PageSurface, HostSurface>(
    {
      post: (message: Message) => api.postMessage(message),
      listen: (receive) => {
        const listener = (event: MessageEvent<unknown>): void => receive(event.data);
        window.addEventListener('message', listener);
        return () => window.removeEventListener('message', listener);
      },
    },
    {},
    handlers,
  );
}

/** What was saved before the tab was hidden or the window reloaded; unknown shape, check it. */
export const readSavedState = (): unknown => api.getState();
export const saveState = (state: unknown): void => api.setState(state);
