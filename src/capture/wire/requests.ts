/** What the requests of several providers have in common. */
import { memberOf, textIn } from './json.js';
import type { RequestFacts, WireRequest } from './wireFormat.js';

/** Whether it is a POST whose path ends like this; a slash at its end does not count. */
export function isPostTo({ method, path }: WireRequest, ending: RegExp): boolean {
  return method === 'POST' && ending.test(path.replace(/\/+$/, ''));
}

/** `model` and `stream` of the body. */
export function bodyFacts({ body }: WireRequest): RequestFacts {
  return { model: textIn(body, 'model') ?? null, streaming: memberOf(body, 'stream') === true };
}

/** As `bodyFacts`; Azure names the model's deployment in the path. */
export function openaiFacts(request: WireRequest): RequestFacts {
  const facts = bodyFacts(request);
  return { ...facts, model: facts.model ?? segmentAfter(request.path, 'deployments') };
}

/** The path segment that follows the one of this name, decoded: "gpt-4o" of "/deployments/gpt-4o/…". */
export function segmentAfter(path: string, name: string): string | null {
  const segments = path.split('/');
  const position = segments.indexOf(name);
  const segment = position < 0 ? undefined : segments[position + 1];
  return segment === undefined || segment === '' ? null : decoded(segment);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
