/** What the page's state needs of the channel to the extension host. */
import type { Channel } from '../../src/protocol/channel.js';
import type { HostSurface, PageSurface } from '../../src/protocol/pageMessages.js';

export type Host = Pick<Channel<PageSurface, HostSurface>, 'request' | 'notify'>;
