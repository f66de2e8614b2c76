/** What the agent and the trace are told when a request could not be passed on: sentences that say what to do. */
import type { Milliseconds } from '../../model/units.js';
import type { Problem } from '../server/problem.js';
import type { Upstream } from './upstream.js';

export const tooLargeProblem = (limitBytes: number): Problem => ({
  status: 413,
  kind: 'body_too_large',
  detail: `The request's body is larger than the ${limitBytes / 1_024 / 1_024} MB that the capture passes on. Send less at once, or this request without the capture.`,
});

export const busyProblem = (limit: number): Problem => ({
  status: 503,
  kind: 'too_many_requests',
  headers: { 'Retry-After': '1' },
  detail: `${limit} requests are open already, and the capture passes on no more at once. Try again when some have ended.`,
});

export const finishingProblem: Problem = {
  status: 503,
  kind: 'capture_stopping',
  headers: { Connection: 'close' },
  detail: 'The capture is being stopped and takes no new requests. Start it again to go on.',
};

export const loopProblem = ({ name }: Upstream): Problem => ({
  status: 508,
  kind: 'upstream_loop',
  detail: `The upstream "${name}" is the capture itself. Give it the model's own base URL in the settings.`,
});

export const silenceProblem = ({ name, host }: Upstream, idleMs: Milliseconds): Problem => ({
  status: 504,
  kind: 'upstream_timeout',
  detail: `The upstream "${name}" (${host}) was silent for ${idleMs / 1_000} s. If it needs longer to answer, raise the idle timeout in the settings.`,
});

/** Nobody is left to be told: it is for the trace. */
export const stuckSentence = (stuckMs: Milliseconds): string =>
  `The agent had not read what came for ${stuckMs / 1_000} s, and was given up.`;

/** For a connection that could not be made, or broke. */
export const connectionProblem = (
  { name, host }: Upstream,
  error: NodeJS.ErrnoException | undefined,
): Problem => ({
  status: 502,
  kind: 'upstream_unreachable',
  detail: `The upstream "${name}" (${host}): ${reasonOf(error)}.`,
});

function reasonOf(error: NodeJS.ErrnoException | undefined): string {
  const code = error?.code ?? '';
  const known = reasons[code];
  if (known) return known;
  if (/CERT|SELF_SIGNED|LEAF_SIGNATURE|UNABLE_TO/.test(code)) {
    return `its certificate is not trusted (${code}); name the authority's PEM file in the settings if it should be`;
  }
  if (/^(ERR_SSL|EPROTO)/.test(code)) {
    return `it does not speak TLS as expected (${code}); check https:// or http:// in its base URL`;
  }
  if (/^(HPE_|ERR_HTTP_|ERR_INVALID_CHAR)/.test(code))
    return `it answered something that is no HTTP/1.1 (${code})`;
  return error?.message || code || 'the connection was closed before the response had ended';
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED); check its base URL, and whether it runs',
  ENOTFOUND: 'there is no such host (ENOTFOUND); check its base URL and the network',
  EAI_AGAIN: 'its host name could not be looked up (EAI_AGAIN); check the network',
  ECONNRESET: 'the connection was closed before the response had ended (ECONNRESET)',
  EPIPE: 'the connection was closed before the request had been sent (EPIPE)',
  ETIMEDOUT: 'no connection could be made in time (ETIMEDOUT); check its base URL and the network',
  EHOSTUNREACH: 'its host cannot be reached (EHOSTUNREACH); check the network',
  ENETUNREACH: 'its network cannot be reached (ENETUNREACH); check the network',
};
