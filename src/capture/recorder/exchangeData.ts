/** What is stored of an exchange beside its content: no credential is among it, whatever an agent sends. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Delivery, ExchangeEnding, RequestHead } from '../exchange.js';
import type { Redaction } from '../../redaction/redaction.js';
import { shortened } from './shortened.js';

/** Only headers that help and are never secret; of all others not even the name is stored. */
const requestHeaders =
  /^(accept|content-type|content-encoding|user-agent|anthropic-version|anthropic-beta|openai-beta|x-stainless-(lang|package-version|runtime|retry-count)|traceparent)$/;
const responseHeaders =
  /^(content-type|content-encoding|date|server|via|retry-after|retry-after-ms|x-should-retry|x-request-id|request-id|x-goog-request-id|x-accel-buffering|cache-control|server-timing|cf-ray|x-cache|openai-(model|processing-ms|version)|x-envoy-upstream-service-time|x-litellm-(call-id|model-id|version)|(x|anthropic)-ratelimit-[a-z-]+)$/;

export function requestData(head: RequestHead, redaction: Redaction): Record<string, unknown> {
  const query = redaction.query(head.query);
  return {
    upstream: head.upstream,
    method: head.method,
    url: redaction.text(head.url),
    ...(query.length > 1 && { query }),
    request_headers: kept(head.headers, requestHeaders, redaction),
  };
}

export const responseData = (
  headers: IncomingHttpHeaders,
  redaction: Redaction,
): Record<string, unknown> => ({ response_headers: kept(headers, responseHeaders, redaction) });

/** What the agent had been given, and what else the proxy knows of the end. */
export function endData(
  ending: ExchangeEnding,
  { bytes, isWhole }: Delivery,
  redaction: Redaction,
): Record<string, unknown> {
  return {
    delivered_bytes: bytes,
    ...(!isWhole && { delivered_whole: false }),
    ...(ending.how === 'client-abort' && { client_left: true }),
    ...(ending.how === 'upstream-reset' && { connection: redaction.text(ending.message) }),
  };
}

function kept(
  headers: IncomingHttpHeaders,
  names: RegExp,
  redaction: Redaction,
): Record<string, string> {
  const found = Object.entries(headers).flatMap(([name, value]) => {
    if (value === undefined || !names.test(name)) return [];
    const text = Array.isArray(value) ? value.join(', ') : value;
    return [[name, shortened(redaction, text, longestHeader)] as const];
  });
  return Object.fromEntries(found);
}

const longestHeader = 1_000;
