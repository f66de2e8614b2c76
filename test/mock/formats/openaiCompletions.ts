/** OpenAI's older text completions, which vLLM and llama.cpp still serve. */
import type { Answer } from '../answer.js';
import { type Frame, type MockFormat, dataEvent, frame, isPost } from './format.js';
import { piece, serverSentEvents, wantsStream } from './format.js';
import { usage } from './openaiChat.js';
import { openaiError } from './openaiErrors.js';

export const openaiCompletions: MockFormat = {
  name: 'openai-completions',
  answers: (request) =>
    isPost(request, '/completions') && !request.path.endsWith('/chat/completions'),
  isStreaming: wantsStream,
  contentType: serverSentEvents,
  frames,
  ping: ': MOCK PROCESSING\n\n',
  errorEvent: dataEvent(openaiError(500)),
  whole: (answer) => ({
    ...head(answer),
    choices: answer.choices.map((tokens, index) => choice(tokens.join(''), index, answer.finish)),
    usage: usage(answer),
  }),
  errorBody: openaiError,
};

function frames(answer: Answer): Frame[] {
  const chunk = (choices: readonly unknown[], rest: object = {}): string =>
    dataEvent({ ...head(answer), choices, ...rest });
  return [
    ...answer.choices.flatMap((tokens, index) =>
      tokens.map((text) =>
        frame(
          chunk([choice(text, index, null)]),
          piece('text', text, index > 0 ? { choice: index } : {}),
        ),
      ),
    ),
    ...answer.choices.map((_, index) => frame(chunk([choice('', index, answer.finish)]))),
    ...(answer.includesUsage ? [frame(chunk([], { usage: usage(answer) }))] : []),
    frame('data: [DONE]\n\n'),
  ];
}

const head = (answer: Answer) => ({
  ...{ id: `cmpl-${answer.id}`, object: 'text_completion', created: answer.createdS },
  model: answer.model,
});

const choice = (text: string, index: number, finish: string | null) => ({
  ...{ text, index, logprobs: null, finish_reason: finish },
});
