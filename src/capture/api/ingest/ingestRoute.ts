/** `POST /v1/events`: where SDKs send what they record. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Api } from '../app.js';
import { ApiProblem } from '../problem.js';
import { type RequestBodies, largestBodyBytes } from '../requestBodies.js';
import { json, problems, security } from '../responses.js';
import { eventSchema, longestId, mostTokensInLine } from './eventSchemas.js';
import { type Ingest, longestLineBytes } from './ingest.js';

const mebibyte = 1024 * 1024;

export const ingestRoute = createRoute({
  method: 'post',
  path: '/v1/events',
  summary: 'Record what an agent does',
  description: [
    `NDJSON: one event a line, in the order in which they happened; at most ${largestBodyBytes / mebibyte} MiB`,
    `(also when unpacked: \`Content-Encoding: gzip\` is understood), ${longestLineBytes / mebibyte} MiB a line,`,
    `${mostTokensInLine} tokens a line, ${longestId} characters an id.`,
    'An answer of 200 means that the accepted events are on disk. Sending an event again changes nothing: when an',
    'answer was lost, or was a 503, send the same request again. A line that is wrong does not lose the others.',
    'Secrets are taken out of all texts before they are stored, also where they are spread over several tokens:',
    'the end of a text that may be the beginning of one is stored with what follows it, or with the end of the call.',
    'An id that holds a secret is stored as another one, the same each time.',
    'Fields that are not known are ignored. A call that is not ended is shown as interrupted when nothing of its run',
    'has come for `llmStream.capture.idleTimeoutSeconds` (600 by default); what comes later is taken all the same.',
  ].join(' '),
  tags: ['Recording'],
  security,
  request: {
    body: { required: true, content: { 'application/x-ndjson': { schema: eventSchema } } },
  },
  responses: {
    200: json(
      z
        .object({
          accepted: z.int().openapi({ description: 'Lines.' }),
          rejected: z
            .array(
              z.object({
                line: z.int().openapi({ description: 'From 1.' }),
                message: z.string(),
              }),
            )
            .openapi({ description: 'The first 100 of them.' }),
          rejected_count: z.int(),
        })
        .openapi('Accepted'),
      'What was accepted is on disk.',
    ),
    ...problems(400, 401, 413, 415, 503),
  },
});

export function addIngestRoute(app: Api, ingest: Ingest, bodies: RequestBodies): void {
  app.openapi(ingestRoute, async (context) => {
    const { incoming } = context.env;
    if (!/^application\/(x-)?ndjson\b/i.test(context.req.header('content-type') ?? '')) {
      throw new ApiProblem(415, 'The body must be NDJSON: "Content-Type: application/x-ndjson".');
    }
    const { isWritten, ...result } = await ingest.accept(
      await bodies.read(incoming, largestBodyBytes),
    );
    if (result.accepted === 0) throw nothingAccepted(result.rejected);
    if (!isWritten) throw notWritten();
    return context.json(result, 200);
  });
}

function nothingAccepted(rejected: readonly { line: number; message: string }[]): ApiProblem {
  const [first] = rejected;
  return new ApiProblem(
    400,
    first
      ? `No line was accepted. Line ${first.line}: ${first.message}`
      : 'The body has no events: send one JSON object a line.',
    {
      errors: first
        ? rejected.map(({ line, message }) => ({ field: `line ${line}`, message }))
        : [{ field: 'body', message: 'Empty.' }],
    },
  );
}

const notWritten = (): ApiProblem =>
  new ApiProblem(
    503,
    'The events are kept in memory, because they cannot be written now; `GET /v1/session` says why. Send the same request again.',
    { headers: { 'Retry-After': '1' } },
  );
