/** Ollama's own endpoints: a line of JSON for each token. */
import type { Answer, MockRequest } from '../answer.js';
import { type Frame, type MockFormat, frame, isPost, piece } from './format.js';

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

const common = {
  // Ollama streams unless it is told not to.
  isStreaming: ({ body }: MockRequest) => body['stream'] !== false,
  contentType: 'application/x-ndjson',
  ping: '',
  errorEvent: line({ error: 'an error was encountered while running the model: unexpected EOF' }),
  errorBody: (status: number) => ({
    error: status === 404 ? 'model "mock" not found, try pulling it first' : `mock error ${status}`,
  }),
};

export const ollamaChat: MockFormat = {
  ...common,
  name: 'ollama',
  answers: (request) => isPost(request, '/api/chat'),
  frames: (answer) => [
    ...chatTokens(answer),
    frame(line({ ...head(answer), message: { role: 'assistant', content: '' }, ...done(answer) })),
  ],
  whole: (answer) => ({
    ...head(answer),
    message: {
      ...{ role: 'assistant', content: textOf(answer).join('') },
      ...(answer.reasoning.length > 0 ? { thinking: answer.reasoning.join('') } : {}),
      ...(answer.toolCalls.length > 0 ? { tool_calls: answer.toolCalls.map(toolCall) } : {}),
    },
    ...done(answer),
  }),
};

export const ollamaGenerate: MockFormat = {
  ...common,
  name: 'ollama',
  answers: (request) => isPost(request, '/api/generate'),
  frames: (answer) => [
    ...answer.reasoning.map((thinking) =>
      frame(
        line({ ...head(answer), ...{ response: '', thinking, done: false } }),
        piece('reasoning', thinking),
      ),
    ),
    ...textOf(answer).map((response) =>
      frame(line({ ...head(answer), ...{ response, done: false } }), piece('text', response)),
    ),
    frame(line({ ...head(answer), response: '', ...done(answer), context: [1, 2, 3] })),
  ],
  whole: (answer) => ({
    ...{ ...head(answer), response: textOf(answer).join('') },
    ...(answer.reasoning.length > 0 ? { thinking: answer.reasoning.join('') } : {}),
    ...done(answer),
  }),
};

function chatTokens(answer: Answer): Frame[] {
  const said = (fields: object): string =>
    line({ ...head(answer), message: { role: 'assistant', content: '', ...fields }, done: false });
  return [
    ...answer.reasoning.map((thinking) => frame(said({ thinking }), piece('reasoning', thinking))),
    ...textOf(answer).map((content) => frame(said({ content }), piece('text', content))),
    // A whole call at once: there are no deltas here.
    ...answer.toolCalls.map((call, index) => {
      const where = index > 0 ? { toolCall: index } : {};
      return frame(
        said({ tool_calls: [toolCall(call)] }),
        piece('toolName', call.name, where),
        piece('toolArguments', JSON.stringify(call.arguments), where),
      );
    }),
  ];
}

const textOf = ({ choices, refusal }: Answer): string[] => [...(choices[0] ?? []), ...refusal];

const head = ({ model, createdS }: Answer) => ({
  model,
  created_at: new Date(createdS * 1_000).toISOString(),
});

const toolCall = ({ name, arguments: given }: Answer['toolCalls'][number]) => ({
  function: { name, arguments: given },
});

/** Durations in nanoseconds. */
const done = ({ finish, usage: { promptTokens, completionTokens } }: Answer) => ({
  ...{ done: true, done_reason: finish === 'length' ? 'length' : 'stop' },
  ...{ total_duration: 2_000_000_000, load_duration: 50_000_000 },
  ...{ prompt_eval_count: promptTokens, prompt_eval_duration: 100_000_000 },
  ...{ eval_count: completionTokens, eval_duration: 1_800_000_000 },
});
