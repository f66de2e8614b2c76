/** `npm run docs:api`: docs/api.md, from the description that the API gives of itself. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'prettier';
import { openApiDocument } from '../src/capture/api/openApi.js';
import { repository } from './dependencies.mjs';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly default?: string | number | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content & { readonly description: string }>>;
}

interface ApiDescription {
  readonly info: { readonly title: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export const apiDocsPath = join(repository, 'docs', 'api.md');

/** Commands that a shell runs as they are, with the environment of the captured terminal. */
export const examples = `
post() { curl -sS "$LLM_STREAM_ENDPOINT/v1/events" -H "Authorization: Bearer $LLM_STREAM_TOKEN" -H 'Content-Type: application/x-ndjson' --data-binary @-; }
get() { curl -sS "$LLM_STREAM_ENDPOINT$1" -H "Authorization: Bearer $LLM_STREAM_TOKEN"; }

post <<'END'
{"type":"run_start","run_id":"run-1","name":"A first run"}
{"type":"llm_call_start","llm_call_id":"call-1","run_id":"run-1","model":"some-model","request":{"prompt":"Say hello."}}
{"type":"llm_tokens","llm_call_id":"call-1","first_index":0,"tokens":[{"token":"Hel","offset_us":150000},{"token":"lo","offset_us":202125}]}
{"type":"llm_call_end","llm_call_id":"call-1","duration_us":230000,"finish_reason":"stop"}
{"type":"run_end","run_id":"run-1"}
END

get '/v1/runs?limit=10'
get /v1/runs/run-1/timeline
get '/v1/runs/run-1/llm-calls/call-1/tokens?limit=100&offset=0'
get /v1/runs/run-1/streaming-stats
get /v1/runs/run-1/tokens/timeseries

# As it comes, until the call has ended:
curl -sSN "$LLM_STREAM_ENDPOINT/v1/runs/run-1/llm-calls/call-1/tokens" -H "Authorization: Bearer $LLM_STREAM_TOKEN" -H 'Accept: text/event-stream'
`.trim();

export async function apiDocs(): Promise<string> {
  // Through JSON, as its readers get it.
  const api = JSON.parse(JSON.stringify(openApiDocument(''))) as ApiDescription;
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const sections = api.tags.map(({ name, description }) =>
    [
      `## ${name}\n\n${description}`,
      ...operations
        .filter(({ operation }) => operation.tags.includes(name))
        .map(({ path, method, operation }) => operationText(path, method, operation)),
    ].join('\n\n'),
  );
  const text = [
    `# API of a capture`,
    '<!-- Made by `npm run docs:api` from the schemas in src/capture/api. -->',
    `${api.info.description} It is on 127.0.0.1 at \`LLM_STREAM_ENDPOINT\`, with the token in \`LLM_STREAM_TOKEN\`: both are set in the captured terminal, and in the line that \`llm-stream capture\` prints. The same as OpenAPI 3.1: \`GET /openapi.json\`.`,
    `## Try it\n\nIn the captured terminal:\n\n\`\`\`sh\n${examples}\n\`\`\``,
    ...sections,
    '## Objects',
    ...Object.entries(api.components.schemas).map(schemaText),
  ].join('\n\n');
  return format(text, { parser: 'markdown', singleQuote: true, printWidth: 100 });
}

function operationText(path: string, method: string, operation: Operation): string {
  const { summary, description, parameters = [], requestBody, responses } = operation;
  const answers = Object.entries(responses).map(([status, response]) => [
    status,
    contentText(response),
    response.description,
  ]);
  return [
    `### \`${method.toUpperCase()} ${path}\``,
    `${summary}.`,
    ...(description ? [description] : []),
    ...(parameters.length > 0
      ? [
          table(
            ['Parameter', 'In', 'Type', 'Meaning'],
            parameters.map(({ name, in: place, required, schema }) => [
              `\`${name}\`${required ? '' : ' (optional)'}`,
              place,
              typeText(schema),
              meaningOf(schema),
            ]),
          ),
        ]
      : []),
    ...(requestBody ? [`Body: ${contentText(requestBody)}`] : []),
    table(['Answer', 'Content', 'Meaning'], answers),
  ].join('\n\n');
}

const contentText = ({ content = {} }: Content): string =>
  Object.entries(content)
    .map(([type, { schema }]) => {
      const isNamed = schema && (schema.$ref !== undefined || schema.properties !== undefined);
      return `\`${type}\`${isNamed ? `: ${typeText(schema)}` : ''}`;
    })
    .join(', ');

function schemaText([name, schema]: [string, Schema]): string {
  const parts = [`### ${name}`, ...(schema.description ? [schema.description] : [])];
  if (schema.oneOf)
    return [...parts, `One of: ${schema.oneOf.map(typeText).join(', ')}.`].join('\n\n');
  const inherited = (schema.allOf ?? []).filter(({ $ref }) => $ref !== undefined);
  const own = schema.properties ? [schema] : (schema.allOf ?? []);
  if (inherited.length > 0) parts.push(`All of ${inherited.map(typeText).join(', ')}, and:`);
  return [
    ...parts,
    table(
      ['Field', 'Type', 'Meaning'],
      own.flatMap((part) => fieldRows(part, '')),
    ),
  ].join('\n\n');
}

/** With the fields of objects within: `tokens[].kind`. */
function fieldRows(schema: Schema, prefix: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const isRequired = schema.required?.includes(name) ?? false;
    const inner = field.items ?? field;
    return [
      [`\`${prefix}${name}\`${isRequired ? '' : ' (optional)'}`, typeText(field), meaningOf(field)],
      ...fieldRows(inner, `${prefix}${name}${field.items ? '[]' : ''}.`),
    ];
  });
}

function typeText(schema: Schema): string {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.items) return `array of ${typeText(schema.items)}`;
  const either = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (either) return either.map(typeText).join(' or ');
  if (schema.properties && !schema.description) {
    const fields = Object.entries(schema.properties);
    return `object: ${fields.map(([name, field]) => `\`${name}\` (${typeText(field)})`).join(', ')}`;
  }
  return schema.type === undefined ? 'any JSON' : [schema.type].flat().join(' or ');
}

function meaningOf({ description, default: usual, minimum, maximum, maxLength }: Schema): string {
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  const notes = [
    description,
    isBounded ? `From ${minimum ?? 0} to ${maximum}.` : undefined,
    maxLength === undefined ? undefined : `At most ${maxLength} characters.`,
    usual === undefined ? undefined : `Default: \`${String(usual)}\`.`,
  ];
  return notes.filter((note) => note !== undefined).join(' ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const text = await apiDocs();
  const before = await readFile(apiDocsPath, 'utf8').catch(() => '');
  if (before !== text) await writeFile(apiDocsPath, text);
  console.log(before === text ? 'docs/api.md is up to date.' : 'docs/api.md has been written.');
}
