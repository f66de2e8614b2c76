/** What a request was refused for, as the API says it: application/problem+json (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import { z } from '@hono/zod-openapi';

export interface FieldError {
  /** The parameter, header, or path into the body ("tokens.3.offset_us"). */
  readonly field: string;
  readonly message: string;
}

/** Thrown by a route; `detail` is a sentence that says what happened and what to do. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    readonly status: number,
    readonly detail: string,
    readonly more: {
      readonly errors?: readonly FieldError[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail);
  }
}

export const problemSchema = z
  .object({
    type: z.string().openapi({ example: 'about:blank' }),
    title: z.string().openapi({ example: 'Bad Request' }),
    status: z.int().openapi({ example: 400 }),
    detail: z.string().openapi({ description: 'What happened and what to do, in a sentence.' }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: 'What is wrong with which field.' }),
  })
  .openapi('Problem');

export const problemType = 'application/problem+json';

export function problemResponse({ status, detail, more }: ApiProblem): Response {
  const body: z.infer<typeof problemSchema> = {
    // No page explains it further than the status does.
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    ...(more.errors ? { errors: [...more.errors] } : {}),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': problemType, 'Cache-Control': 'no-store', ...more.headers },
  });
}

export const insideProblem = (): ApiProblem =>
  new ApiProblem(500, 'Something went wrong inside the capture; its log has the details.');

/** A 400 that names every field that is wrong. */
export function invalidInput(error: z.ZodError): ApiProblem {
  const errors = fieldErrors(error);
  const [first] = errors;
  const detail = first ? `${first.field}: ${first.message}` : 'The request is not understood.';
  return new ApiProblem(400, detail, { errors });
}

export const fieldErrors = (error: z.ZodError): FieldError[] =>
  error.issues.map(({ path, message }) => ({ field: path.join('.') || 'body', message }));
