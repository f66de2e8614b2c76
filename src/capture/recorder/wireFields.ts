/** Between an exchange, the wire formats, and the events of a trace. */
import type { RequestHead } from '../exchange.js';
import type { WireFormat, WireRequest } from '../wire/wireFormat.js';

/** `body` as JSON; undefined for none. */
export const wireRequestOf = (
  { method, path, query }: RequestHead,
  body: unknown,
): WireRequest => ({
  ...{ method, path, query: new URLSearchParams(query), body },
});

export const formatFields = ({ name, provider }: WireFormat) => ({
  wireFormat: name,
  ...(provider !== null && { provider }),
});
