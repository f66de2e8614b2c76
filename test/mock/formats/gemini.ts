/** Gemini: whole response objects, as events (`alt=sse`) or as the elements of one JSON array. */
import type { Answer, MockRequest, Piece } from '../answer.js';
import { type MockFormat, isPost, piece, serverSentEvents } from './format.js';

const errors: Readonly<Record<number, readonly [status: string, message: string]>> = {
  401: ['UNAUTHENTICATED', 'Request had invalid authentication credentials.'],
  403: ['PERMISSION_DENIED', 'The caller does not have permission.'],
  408: ['DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'],
  429: ['RESOURCE_EXHAUSTED', 'You exceeded your current quota.'],
  500: ['INTERNAL', 'An internal error has occurred.'],
  503: ['UNAVAILABLE', 'The model is overloaded. Please try again later.'],
};

const isGemini = (request: MockRequest): boolean =>
  isPost(request, ':streamGenerateContent') || isPost(request, ':generateContent');
const isStreaming = ({ path }: MockRequest): boolean => path.endsWith(':streamGenerateContent');
const wantsEvents = ({ query }: MockRequest): boolean => query.get('alt') === 'sse';

export const geminiEvents: MockFormat = {
  ...{ name: 'gemini', isStreaming, contentType: serverSentEvents, ping: '', whole, errorBody },
  answers: (request) => isGemini(request) && (wantsEvents(request) || !isStreaming(request)),
  frames: (answer) =>
    responses(answer).map(([response, pieces]) => ({
      wire: `data: ${JSON.stringify(response)}\r\n\r\n`,
      pieces,
    })),
  // Really without "data:".
  errorEvent: `${JSON.stringify(errorBody(503), null, 2)}\n`,
};

export const geminiArray: MockFormat = {
  ...{ name: 'gemini', isStreaming, contentType: 'application/json; charset=UTF-8', ping: '' },
  ...{ whole, errorBody },
  answers: (request) => isGemini(request) && isStreaming(request) && !wantsEvents(request),
  frames: (answer) => [
    ...responses(answer).map(([response, pieces], index) => ({
      wire: `${index === 0 ? '[' : ',\r\n'}${JSON.stringify(response, null, 2)}`,
      pieces,
    })),
    { wire: '\n]', pieces: [] },
  ],
  errorEvent: `,\r\n${JSON.stringify(errorBody(503), null, 2)}\n]`,
};

function responses(answer: Answer): [response: object, pieces: Piece[]][] {
  const said = (parts: object[], index: number, count: number, finishReason?: string) => ({
    candidates: [
      {
        content: { parts, role: 'model' },
        ...(finishReason === undefined ? {} : { finishReason }),
        index,
      },
    ],
    ...tail(answer, count),
  });
  const tokens: [parts: object[], candidate: number, pieces: Piece[]][] = [
    ...answer.reasoning.map((text): [object[], number, Piece[]] => [
      ...([[{ text, thought: true }], 0, [piece('reasoning', text)]] as [
        object[],
        number,
        Piece[],
      ]),
    ]),
    ...answer.choices.flatMap((_, choice) =>
      textOf(answer, choice).map((text): [object[], number, Piece[]] => [
        [{ text }],
        choice,
        [piece('text', text, choice > 0 ? { choice } : {})],
      ]),
    ),
    ...answer.toolCalls.map((call, index): [object[], number, Piece[]] => {
      const where = index > 0 ? { toolCall: index } : {};
      return [
        [functionCall(call)],
        0,
        [
          piece('toolName', call.name, where),
          piece('toolArguments', JSON.stringify(call.arguments), where),
        ],
      ];
    }),
  ];
  return [
    ...tokens.map(([parts, candidate, pieces], count): [object, Piece[]] => [
      said(parts, candidate, count + 1),
      pieces,
    ]),
    ...answer.choices.map((_, choice): [object, Piece[]] => [
      said([{ text: '' }], choice, answer.usage.completionTokens, finishReason(answer)),
      [],
    ]),
  ];
}

function whole(answer: Answer): unknown {
  return {
    candidates: answer.choices.map((_, index) => ({
      content: {
        parts: [
          ...(answer.reasoning.length > 0
            ? [{ text: answer.reasoning.join(''), thought: true }]
            : []),
          { text: textOf(answer, index).join('') },
          ...answer.toolCalls.map(functionCall),
        ],
        role: 'model',
      },
      ...{ finishReason: finishReason(answer), index },
    })),
    ...tail(answer, answer.usage.completionTokens),
  };
}

const textOf = ({ choices, refusal }: Answer, choice: number): string[] => [
  ...(choices[choice] ?? []),
  ...refusal,
];

const functionCall = ({ name, arguments: args }: Answer['toolCalls'][number]) => ({
  functionCall: { name, args },
});

const finishReason = ({ finish }: Answer): string => (finish === 'length' ? 'MAX_TOKENS' : 'STOP');

/** Usage so far; thoughts are counted apart from candidates. */
const tail = ({ id, model, usage }: Answer, count: number) => {
  const thoughts = Math.min(count, usage.reasoningTokens);
  return {
    usageMetadata: {
      promptTokenCount: usage.promptTokens,
      candidatesTokenCount: count - thoughts,
      ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
      totalTokenCount: usage.promptTokens + count,
    },
    ...{ modelVersion: model, responseId: id },
  };
};

function errorBody(code: number): unknown {
  const [status, message] = errors[code] ?? ['INVALID_ARGUMENT', 'Bad request.'];
  return { error: { code, message, status } };
}
