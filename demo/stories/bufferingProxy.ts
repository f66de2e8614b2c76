/** "The chat feels choppy": the same question straight to the model, and through a gateway that buffers. */
import { type Message, openAiChat, paces } from '../providers.js';
import { Story } from '../story.js';
import type { TraceWriter } from '../../src/store/native/traceWriter.js';

const question: readonly Message[] = [
  { role: 'system', content: 'Answer in plain words, at most three paragraphs.' },
  { role: 'user', content: 'Why is the sky blue, and why is the sunset red?' },
];

const blue =
  'Sunlight looks white, but it is a mixture of all colours. When it meets the air, the molecules scatter it, and they scatter short waves much more than long ones: violet and blue light about four to nine times as strongly as red. So from every direction of the sky it is mostly scattered blue that reaches your eye.';
const violet =
  ' It is not violet, although violet is scattered even more: the sun sends less of it, the ozone layer swallows a part, and our eyes are less sensitive to it.';
const red =
  '\n\nIn the evening the light takes a longer way through the air, up to forty times as long as at noon. On that way nearly all the blue is scattered out of the beam, and what is left is yellow, orange and red. Dust and fine drops near the ground add to it, which is why sunsets after a dry, windy day are often the most colourful.';

export function tellBufferingProxy(writer: TraceWriter): void {
  const story = new Story(
    writer,
    {
      id: 'choppy-chat',
      name: 'choppy chat: direct and through the gateway',
      startedAt: '2026-10-14T11:20:05.018Z',
      agentType: 'chat',
      metadata: { gateway: 'nginx/1.27 with proxy_buffering on' },
    },
    1127,
  );
  story.stage('Direct', () => {
    story.call({
      request: openAiChat('gpt-4o-mini', question),
      promptTokens: 38,
      stream: story
        .stream(paces.gpt)
        .wait(371)
        .text(blue + violet + red),
      end: { finishReason: 'stop' },
    });
  });
  story.pause(640);
  story.stage('Through the gateway', () => {
    story.call({
      request: openAiChat('gpt-4o-mini', question),
      promptTokens: 38,
      stream: story
        .stream(paces.gpt)
        .wait(371)
        .bufferedText(blue)
        .bufferedText(violet)
        .bufferedText(red),
      end: { finishReason: 'stop' },
    });
  });
  story.finalAnswer('The gateway holds the stream back: switch proxy_buffering off for /v1/.');
  story.finish();
}
