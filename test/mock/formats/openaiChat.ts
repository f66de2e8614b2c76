/** OpenAI Chat Completions, and what is compatible with it. */
import type { Answer } from '../answer.js';
import { type Frame, type MockFormat, dataEvent, frame, isPost } from './format.js';
import { piece, serverSentEvents, wantsStream } from './format.js';
import { openaiError } from './openaiErrors.js';

export const openaiChat: MockFormat = {
  name: 'openai-chat',
  answers: (request) => isPost(request, '/chat/completions'),
  isStreaming: wantsStream,
  contentType: serverSentEvents,
  frames,
  ping: ': MOCK PROCESSING\n\n',
  errorEvent: dataEvent(openaiError(500)),
  whole,
  errorBody: openaiError,
};

function frames(answer: Answer): Frame[] {
  const chunk = (choices: readonly unknown[], usage?: unknown): string =>
    dataEvent({
      ...{ id: `chatcmpl-${answer.id}`, object: 'chat.completion.chunk' },
      ...{ created: answer.createdS, model: answer.model, service_tier: 'default' },
      ...{ system_fingerprint: 'fp_mock', choices },
      ...(answer.includesUsage ? { usage: usage ?? null } : {}),
      // Random padding of the real service, of varying length.
      obfuscation: 'kQ3xZ9'.slice(choices.length % 6),
    });
  const delta = (
    choice: number,
    fields: object,
    finish: string | null = null,
    logprobs?: unknown,
  ) =>
    chunk([
      {
        ...{ index: choice, delta: fields, logprobs: logprobs ?? null, finish_reason: finish },
      },
    ]);
  const all = answer.choices.map((_, choice) => choice);
  const longest = Math.max(...answer.choices.map((tokens) => tokens.length));
  return [
    ...all.map((choice) => frame(delta(choice, { role: 'assistant', content: '', refusal: null }))),
    ...answer.reasoning.map((text) =>
      frame(delta(0, { reasoning_content: text }), piece('reasoning', text)),
    ),
    // Choices take turns.
    ...Array.from({ length: longest }, (_, index) => index).flatMap((index) =>
      all.flatMap((choice) => {
        const text = answer.choices[choice]?.[index] ?? '';
        const logprobs = answer.hasLogprobs ? { content: [logprob(text)], refusal: null } : null;
        const wire = delta(choice, { content: text }, null, logprobs);
        return frame(wire, piece('text', text, choice > 0 ? { choice } : {}));
      }),
    ),
    ...answer.refusal.map((text) => frame(delta(0, { refusal: text }), piece('refusal', text))),
    ...answer.toolCalls.flatMap(({ id, name, argumentPieces }, index) => {
      const where = index > 0 ? { toolCall: index } : {};
      const first = { index, id, type: 'function', function: { name, arguments: '' } };
      return [
        frame(delta(0, { tool_calls: [first] }), piece('toolName', name, where)),
        ...argumentPieces.map((text) =>
          frame(
            delta(0, { tool_calls: [{ index, function: { arguments: text } }] }),
            piece('toolArguments', text, where),
          ),
        ),
      ];
    }),
    ...all.map((choice) => frame(delta(choice, {}, finishReason(answer)))),
    ...(answer.includesUsage ? [frame(chunk([], usage(answer)))] : []),
    frame('data: [DONE]\n\n'),
  ];
}

function whole(answer: Answer): unknown {
  return {
    ...{ id: `chatcmpl-${answer.id}`, object: 'chat.completion', created: answer.createdS },
    model: answer.model,
    choices: answer.choices.map((tokens, index) => ({
      index,
      message: {
        role: 'assistant',
        content: tokens.length > 0 ? tokens.join('') : null,
        refusal: answer.refusal.length > 0 ? answer.refusal.join('') : null,
        ...(answer.reasoning.length > 0 ? { reasoning_content: answer.reasoning.join('') } : {}),
        ...(answer.toolCalls.length > 0
          ? {
              tool_calls: answer.toolCalls.map(({ id, name, argumentPieces }) => ({
                ...{ id, type: 'function' },
                function: { name, arguments: argumentPieces.join('') },
              })),
            }
          : {}),
      },
      logprobs: answer.hasLogprobs ? { content: tokens.map(logprob), refusal: null } : null,
      finish_reason: finishReason(answer),
    })),
    ...{ usage: usage(answer), service_tier: 'default', system_fingerprint: 'fp_mock' },
  };
}

const finishReason = ({ finish }: Answer): string =>
  finish === 'tool-calls' ? 'tool_calls' : finish;

export const usage = ({ usage: { promptTokens, completionTokens, reasoningTokens } }: Answer) => ({
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: reasoningTokens, audio_tokens: 0 },
});

const logprob = (token: string) => ({
  ...{ token, logprob: -0.25, bytes: [...Buffer.from(token)], top_logprobs: [] },
});
