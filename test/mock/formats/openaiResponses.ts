/** OpenAI Responses: named events with a running number. */
import type { Answer, Piece } from '../answer.js';
import { type Frame, type MockFormat, frame, isPost, namedEvent } from './format.js';
import { piece, serverSentEvents, wantsStream } from './format.js';
import { openaiError } from './openaiErrors.js';

export const openaiResponses: MockFormat = {
  name: 'openai-responses',
  answers: (request) => isPost(request, '/responses'),
  isStreaming: wantsStream,
  contentType: serverSentEvents,
  frames,
  ping: ': MOCK PROCESSING\n\n',
  errorEvent: namedEvent({
    type: 'error',
    ...{ code: 'server_error', message: 'The server had an error while processing your request.' },
    ...{ param: null, sequence_number: 99 },
  }),
  whole: (answer) => response(answer, status(answer)),
  errorBody: openaiError,
};

interface Event {
  readonly type: string;
}
type Said = readonly [event: Event, ...pieces: Piece[]];

function frames(answer: Answer): Frame[] {
  const items = itemsOf(answer);
  const events: Said[] = [
    [{ type: 'response.created', ...{ response: response(answer, 'in_progress') } }],
    [{ type: 'response.in_progress', ...{ response: response(answer, 'in_progress') } }],
    ...items.flatMap(({ item, said, begins = [] }, output_index): Said[] => [
      [{ type: 'response.output_item.added', ...{ output_index, item: begun(item) } }, ...begins],
      ...said.map(([event, ...pieces]): Said => [
        { ...event, ...{ item_id: item.id, output_index } },
        ...pieces,
      ]),
      [{ type: 'response.output_item.done', ...{ output_index, item } }],
    ]),
    [
      {
        type: `response.${status(answer)}`,
        ...{ response: response(answer, status(answer)) },
      },
    ],
  ];
  return events.map(([event, ...pieces], sequence_number) =>
    frame(namedEvent({ ...event, ...{ sequence_number } }), ...pieces),
  );
}

/** What is said between the beginning and the end of an item, and the tokens in its beginning. */
interface ItemFrames {
  readonly item: Item;
  readonly begins?: Piece[];
  readonly said: Said[];
}

interface Item {
  readonly type: string;
  readonly id: string;
}

function itemsOf(answer: Answer): ItemFrames[] {
  const { id, reasoning, refusal, toolCalls } = answer;
  const text = answer.choices[0] ?? [];
  return [
    ...(reasoning.length > 0
      ? [{ item: reasoningItem(id, reasoning), said: thoughts(reasoning) }]
      : []),
    ...(text.length > 0 ? [{ item: message(id, outputText(text)), said: texts(text) }] : []),
    ...(refusal.length > 0
      ? [{ item: message(`${id}r`, refusalPart(refusal)), said: refusals(refusal) }]
      : []),
    ...toolCalls.map(({ id: callId, name, argumentPieces }, toolCall) => ({
      begins: [piece('toolName', name, toolCall > 0 ? { toolCall } : {})],
      item: {
        ...{ type: 'function_call', id: `fc_${callId}`, call_id: callId, name },
        ...{ arguments: argumentPieces.join(''), status: 'completed' },
      },
      said: argumentDeltas(argumentPieces, toolCall > 0 ? { toolCall } : {}),
    })),
  ];
}

const thoughts = (tokens: readonly string[]): Said[] => {
  const part = (text: string) => ({ summary_index: 0, part: { type: 'summary_text', text } });
  return [
    [{ type: 'response.reasoning_summary_part.added', ...part('') }],
    ...tokens.map((delta): Said => [
      { type: 'response.reasoning_summary_text.delta', ...{ summary_index: 0, delta } },
      piece('reasoning', delta),
    ]),
    [
      {
        type: 'response.reasoning_summary_text.done',
        ...{ summary_index: 0, text: tokens.join('') },
      },
    ],
    [{ type: 'response.reasoning_summary_part.done', ...part(tokens.join('')) }],
  ];
};

const texts = (tokens: readonly string[]): Said[] => [
  [{ type: 'response.content_part.added', ...{ content_index: 0, part: outputText([]) } }],
  ...tokens.map((delta): Said => [
    {
      type: 'response.output_text.delta',
      ...{ content_index: 0, delta, logprobs: [], obfuscation: 'r7Pq' },
    },
    piece('text', delta),
  ]),
  [
    {
      type: 'response.output_text.done',
      ...{ content_index: 0, text: tokens.join(''), logprobs: [] },
    },
  ],
  [{ type: 'response.content_part.done', ...{ content_index: 0, part: outputText(tokens) } }],
];

const refusals = (tokens: readonly string[]): Said[] => [
  [{ type: 'response.content_part.added', ...{ content_index: 0, part: refusalPart([]) } }],
  ...tokens.map((delta): Said => [
    { type: 'response.refusal.delta', ...{ content_index: 0, delta } },
    piece('refusal', delta),
  ]),
  [{ type: 'response.refusal.done', ...{ content_index: 0, refusal: tokens.join('') } }],
  [{ type: 'response.content_part.done', ...{ content_index: 0, part: refusalPart(tokens) } }],
];

const argumentDeltas = (tokens: readonly string[], where: { toolCall?: number }): Said[] => [
  ...tokens.map((delta): Said => [
    { type: 'response.function_call_arguments.delta', ...{ delta } },
    piece('toolArguments', delta, where),
  ]),
  [{ type: 'response.function_call_arguments.done', ...{ arguments: tokens.join('') } }],
];

const outputText = (tokens: readonly string[]) => ({
  ...{ type: 'output_text', annotations: [], logprobs: [], text: tokens.join('') },
});
const refusalPart = (tokens: readonly string[]) => ({ type: 'refusal', refusal: tokens.join('') });
const message = (id: string, part: object) => ({
  ...{ type: 'message', id: `msg_${id}`, status: 'completed', role: 'assistant', content: [part] },
});
const reasoningItem = (id: string, tokens: readonly string[]) => ({
  ...{ type: 'reasoning', id: `rs_${id}` },
  summary: [{ type: 'summary_text', text: tokens.join('') }],
});

/** An item as it is when it is added: without its content. */
function begun(item: Item): Item {
  if (item.type === 'reasoning') return { ...item, ...{ summary: [] } };
  if (item.type === 'message') return { ...item, ...{ content: [], status: 'in_progress' } };
  return { ...item, ...{ arguments: '', status: 'in_progress' } };
}

const status = ({ finish }: Answer) => (finish === 'length' ? 'incomplete' : 'completed');

function response(answer: Answer, state: 'in_progress' | 'completed' | 'incomplete'): unknown {
  const { promptTokens, completionTokens, reasoningTokens } = answer.usage;
  const isOver = state !== 'in_progress';
  return {
    ...{ id: `resp_${answer.id}`, object: 'response', created_at: answer.createdS, status: state },
    ...{ background: false, error: null, model: answer.model },
    incomplete_details: state === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    ...{ instructions: null, metadata: {}, parallel_tool_calls: true, temperature: 1, top_p: 1 },
    ...{ tool_choice: 'auto', tools: [], text: { format: { type: 'text' } } },
    output: isOver ? itemsOf(answer).map(({ item }) => item) : [],
    usage: isOver
      ? {
          ...{ input_tokens: promptTokens, input_tokens_details: { cached_tokens: 0 } },
          output_tokens: completionTokens,
          output_tokens_details: { reasoning_tokens: reasoningTokens },
          total_tokens: promptTokens + completionTokens,
        }
      : null,
  };
}
