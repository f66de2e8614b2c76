/** The session's token: whoever has it may write, read and stop the capture. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { ApiProblem } from './problem.js';

/** Digests have one length, so that the time to compare them says nothing of the token. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** @returns a check that throws a 401 for any header but the right one. */
export function bearerCheck(token: string): (authorization: string | undefined) => void {
  const expected = digest(token);
  return (authorization) => {
    const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
    throw new ApiProblem(
      401,
      given === undefined
        ? 'This request needs the token of the capture: "Authorization: Bearer TOKEN". It is in LLM_STREAM_TOKEN of the captured terminal.'
        : 'The token is not the one of this capture, which has a new one at every start. It is in LLM_STREAM_TOKEN of the captured terminal.',
      {
        headers: {
          'WWW-Authenticate': `Bearer realm="llm-stream"${given === undefined ? '' : ', error="invalid_token"'}`,
        },
      },
    );
  };
}
