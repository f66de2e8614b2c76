/** Anthropic Messages. */
import type { Answer } from '../answer.js';
import { type Frame, type MockFormat, frame, isPost, namedEvent } from './format.js';
import { piece, serverSentEvents, wantsStream } from './format.js';

const overloaded = 529;

const errors: Readonly<Record<number, readonly [type: string, message: string]>> = {
  401: ['authentication_error', 'invalid x-api-key'],
  403: ['permission_error', 'Your API key does not have permission to use this model.'],
  408: ['timeout_error', 'Request timed out'],
  429: ['rate_limit_error', 'This request would exceed the rate limit of your organization.'],
  500: ['api_error', 'Internal server error'],
  503: ['api_error', 'Service unavailable'],
  [overloaded]: ['overloaded_error', 'Overloaded'],
};

export const anthropicMessages: MockFormat = {
  name: 'anthropic-messages',
  answers: (request) => isPost(request, '/messages'),
  isStreaming: wantsStream,
  contentType: serverSentEvents,
  frames,
  ping: namedEvent({ type: 'ping' }),
  errorEvent: namedEvent(errorBody(overloaded)),
  whole: (answer) => message(answer, true),
  errorBody,
};

function frames(answer: Answer): Frame[] {
  const blocks = [...blocksOf(answer)];
  const { completionTokens } = answer.usage;
  return [
    frame(namedEvent({ type: 'message_start', ...{ message: message(answer, false) } })),
    ...blocks.flatMap((block, index) => [
      frame(
        namedEvent({ type: 'content_block_start', ...{ index, content_block: block.start } }),
        ...block.startPieces,
      ),
      ...block.deltas.map(([delta, ...pieces]) =>
        frame(namedEvent({ type: 'content_block_delta', ...{ index, delta } }), ...pieces),
      ),
      frame(namedEvent({ type: 'content_block_stop', ...{ index } })),
    ]),
    frame(
      namedEvent({
        type: 'message_delta',
        ...{ delta: { stop_reason: stopReason(answer), stop_sequence: null } },
        ...{ usage: { output_tokens: completionTokens } },
      }),
    ),
    frame(namedEvent({ type: 'message_stop' })),
  ];
}

interface Block {
  readonly start: object;
  readonly startPieces: Frame['pieces'];
  readonly deltas: readonly (readonly [delta: object, ...pieces: Frame['pieces']])[];
  readonly whole: object;
}

function* blocksOf(answer: Answer): Generator<Block> {
  if (answer.reasoning.length > 0) {
    const signature = 'EqMBCkYIBRgCKkA3mock';
    yield {
      start: { type: 'thinking', thinking: '', signature: '' },
      startPieces: [],
      deltas: [
        ...answer.reasoning.map(
          (text) => [{ type: 'thinking_delta', thinking: text }, piece('reasoning', text)] as const,
        ),
        [{ type: 'signature_delta', signature }],
      ],
      whole: { type: 'thinking', thinking: answer.reasoning.join(''), signature },
    };
  }
  // A refusal is text, and told by the stop reason.
  const text = [...(answer.choices[0] ?? []), ...answer.refusal];
  if (text.length > 0) {
    yield {
      start: { type: 'text', text: '' },
      startPieces: [],
      deltas: text.map((token) => [{ type: 'text_delta', text: token }, piece('text', token)]),
      whole: { type: 'text', text: text.join('') },
    };
  }
  for (const [
    index,
    { id, name, arguments: input, argumentPieces },
  ] of answer.toolCalls.entries()) {
    const where = index > 0 ? { toolCall: index } : {};
    yield {
      start: { type: 'tool_use', id: `toolu_${id}`, name, input: {} },
      startPieces: [piece('toolName', name, where)],
      deltas: [
        // The service really begins with an empty one.
        [{ type: 'input_json_delta', partial_json: '' }],
        ...argumentPieces.map(
          (partial_json) =>
            [
              { type: 'input_json_delta', partial_json },
              piece('toolArguments', partial_json, where),
            ] as const,
        ),
      ],
      whole: { type: 'tool_use', id: `toolu_${id}`, name, input },
    };
  }
}

function message(answer: Answer, isWhole: boolean): unknown {
  return {
    ...{ id: `msg_${answer.id}`, type: 'message', role: 'assistant', model: answer.model },
    content: isWhole ? [...blocksOf(answer)].map(({ whole }) => whole) : [],
    stop_reason: isWhole ? stopReason(answer) : null,
    stop_sequence: null,
    usage: {
      input_tokens: answer.usage.promptTokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: isWhole ? answer.usage.completionTokens : 1,
      service_tier: 'standard',
    },
  };
}

function stopReason({ finish, refusal }: Answer): string {
  if (refusal.length > 0) return 'refusal';
  return { stop: 'end_turn', length: 'max_tokens', 'tool-calls': 'tool_use' }[finish];
}

function errorBody(status: number) {
  const [type, message] = errors[status] ?? ['invalid_request_error', 'Bad request.'];
  return { type: 'error', error: { type, message }, request_id: 'req_mock' };
}
