/** One very long answer: 20 000 tokens, the limit that the request set. */
import { openAiChat } from '../providers.js';
import { referenceSections } from '../referenceText.js';
import { Story } from '../story.js';
import { tokenize } from '../tokenize.js';
import type { TraceWriter } from '../../src/store/native/traceWriter.js';

const tokenLimit = 20_000;

export function tellHandbook(writer: TraceWriter): void {
  const story = new Story(
    writer,
    {
      id: 'handbook',
      name: 'configuration reference in one go',
      startedAt: '2026-10-13T16:40:30.551Z',
      agentType: 'writer',
    },
    20_000,
  );
  story.agent('Writer', () => {
    story.tool('list_settings', 44, { version: '3.4' }, { settings: 214 });
    story.call({
      request: openAiChat(
        'gpt-4.1',
        [
          { role: 'system', content: 'You write reference documentation. Be complete.' },
          {
            role: 'user',
            content:
              'Write the whole configuration reference for version 3.4, every setting with type, default, advice and an example.',
          },
        ],
        { more: { max_completion_tokens: tokenLimit } },
      ),
      promptTokens: 8_412,
      stream: story
        .stream({ tokensPerSecond: 92, jitter: 0.4, sharedReads: 0.08 })
        .wait(1_240)
        .text(longAnswer(story)),
      end: { finishReason: 'length' },
    });
    story.finalAnswer('The reference is cut at 20,000 tokens: write it in two parts.');
  });
  story.finish();
}

function longAnswer(story: Story): string {
  const tokens = tokenize('# Configuration reference, version 3.4\n\n');
  for (const section of referenceSections(story.random)) {
    tokens.push(...tokenize(section));
    if (tokens.length >= tokenLimit) break;
  }
  return tokens.slice(0, tokenLimit).join('');
}
