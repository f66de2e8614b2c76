/** What routes have in common in their description. */
import type { z } from '@hono/zod-openapi';
import { problemSchema, problemType } from './problem.js';

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

const descriptions = {
  400: 'A parameter or the body is wrong; `errors` names the fields.',
  401: 'No token, or not the one of this capture.',
  404: 'There is no such run or call.',
  413: 'The body is too large.',
  415: 'The body is of a type or encoding that is not understood.',
  503: 'Not now: try again after `Retry-After` seconds.',
} as const;

type ProblemStatus = keyof typeof descriptions;

export function problems<S extends ProblemStatus>(...statuses: readonly S[]) {
  const content = { [problemType]: { schema: problemSchema } };
  const entries = statuses.map((status) => [
    status,
    { description: descriptions[status], content },
  ]);
  return Object.fromEntries(entries) as Record<S, { description: string; content: typeof content }>;
}

export const security = [{ token: [] }];
