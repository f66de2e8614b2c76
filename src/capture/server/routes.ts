/** Where a request goes, told from its path alone, whose bytes are kept as they came. */
import type { ProxyRoute } from '../proxy/proxyRoute.js';
import type { Problem } from './problem.js';

export type Route =
  | { readonly to: 'api' }
  | { readonly to: 'proxy'; readonly route: ProxyRoute }
  | { readonly to: 'nowhere'; readonly problem: Problem };

const apiPath = /^\/(v1(\/.*)?|health|openapi\.json|metrics)$/;
const longestRunName = 200;

/** @param target the request's target as it came: path and query. */
export function routeOf(target: string, upstreamNames: readonly string[]): Route {
  if (!target.startsWith('/') || target.includes('#')) {
    return refused('The request must name a path of the capture, like /openai/chat/completions.');
  }
  const [path, query] = cutAt(target, '?');
  if (leavesItsFolder(path)) {
    return refused('The path holds "." or ".." segments, which the capture does not pass on.');
  }
  if (apiPath.test(path)) return { to: 'api' };
  const [, first = '', ...others] = path.split('/');
  if (first !== 'run') return proxied(null, first, others, query, upstreamNames);
  const [encodedName = '', upstream = '', ...rest] = others;
  const runName = decodedRunName(encodedName);
  if (runName === null) {
    return refused(
      `The name of the run in the path must have 1 to ${longestRunName} characters, percent-encoded and without control characters.`,
    );
  }
  return proxied(runName, upstream, rest, query, upstreamNames);
}

function proxied(
  runName: string | null,
  upstream: string,
  rest: readonly string[],
  query: string,
  upstreamNames: readonly string[],
): Route {
  if (!upstreamNames.includes(upstream)) return { to: 'nowhere', problem: unknown(upstreamNames) };
  const path = rest.map((segment) => `/${segment}`).join('');
  return { to: 'proxy', route: { upstream, runName, path, query } };
}

/** Also where the segments are hidden from us but not from the upstream: encoded, or with parameters. */
function leavesItsFolder(path: string): boolean {
  const plain = path.replace(/%2e/gi, '.').replace(/%2f|%5c|\\/gi, '/');
  return plain.split('/').some((segment) => /^\.\.?(;.*)?$/.test(segment));
}

function decodedRunName(encoded: string): string | null {
  try {
    const name = decodeURIComponent(encoded);
    const isName = name.length > 0 && name.length <= longestRunName && !/\p{Cc}/u.test(name);
    return isName ? name : null;
  } catch {
    return null;
  }
}

/** The text before the first separator, and the rest with it. */
function cutAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
}

const refused = (detail: string): Route => ({
  to: 'nowhere',
  problem: { status: 400, kind: 'bad_path', detail },
});

const unknown = (upstreamNames: readonly string[]): Problem => ({
  status: 404,
  kind: 'unknown_upstream',
  detail: `There is nothing at this path. Requests to a model go to /NAME/… or /run/RUN/NAME/…, where NAME is one of ${upstreamNames.join(', ')}; other upstreams can be named in the settings.`,
  more: { upstreams: upstreamNames },
});
