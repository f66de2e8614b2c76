/** An old conversation whose tokens were aggregated: the figures and the text stayed, of the tokens only some. */
import { type Message, openAiChat } from '../providers.js';
import { Story } from '../story.js';
import { epochMicroseconds } from '../../src/model/units.js';
import { aggregateCall } from '../../src/store/native/aggregation.js';
import type { TraceWriter } from '../../src/store/native/traceWriter.js';

const messages: readonly Message[] = [
  { role: 'system', content: 'You help new colleagues in their first week.' },
  { role: 'user', content: 'How do I get access to the staging database?' },
];

const answer =
  'Ask in #platform-access and name the team and the reason; a read-only account is usually there within the hour. You will get a link that works once. Store the password in the team vault, not on your laptop. If you need to write, pair with somebody from the platform team for the first time: staging is shared, and a forgotten transaction blocks everyone. When your project ends, the account expires by itself after thirty days without a login.';

export function tellArchived(writer: TraceWriter): void {
  const story = new Story(
    writer,
    {
      id: 'onboarding-0611',
      name: 'onboarding chat, aggregated',
      startedAt: '2026-06-11T08:15:02.091Z',
      agentType: 'chat',
      userId: 'newcomer-17',
    },
    611,
  );
  const call = story.call({
    request: openAiChat('gpt-4o-mini', messages),
    promptTokens: 34,
    stream: story.stream({ tokensPerSecond: 57 }).wait(455).text(answer),
    end: { finishReason: 'stop' },
  });
  aggregateCall(writer, call, epochMicroseconds(Date.UTC(2026, 6, 11) * 1_000));
  story.finish();
}
