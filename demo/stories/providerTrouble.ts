/** A nightly job on a bad night: every way in which a stream can end that is not a success, and a refusal. */
import {
  type Message,
  anthropicMessages,
  anthropicOverloaded,
  geminiContents,
  ollamaChat,
  openAiChat,
  openAiRateLimit,
  paces,
} from '../providers.js';
import { Story } from '../story.js';
import type { TraceWriter } from '../../src/store/native/traceWriter.js';

const digest = (channel: string): readonly Message[] => [
  { role: 'system', content: 'Summarise the day in this channel for people who were away.' },
  { role: 'user', content: `Channel: ${channel}. 214 messages follow.` },
];

export function tellProviderTrouble(writer: TraceWriter): void {
  const story = new Story(
    writer,
    {
      id: 'nightly-digest',
      name: 'nightly digest, a bad night',
      startedAt: '2026-10-14T02:00:00.412Z',
      agentType: 'scheduled job',
    },
    2026,
  );
  story.stage('#incidents', () => overloaded(story));
  story.stage('#release', () => cutOff(story));
  story.stage('#support', () => rateLimited(story));
  story.stage('#random', () => refused(story));
  story.stage('#hardware', () => unreachable(story));
  story.error(
    'digest incomplete',
    '3 of 5 channels were summarised; #hardware and #random are missing.',
  );
  story.finish('failed');
}

/** HTTP 200, half an answer, then an error event; the retry works. */
function overloaded(story: Story): void {
  const request = anthropicMessages('claude-sonnet-4-5', digest('#incidents'));
  story.call({
    request,
    promptTokens: 6_240,
    firstChunkMs: 910,
    stream: story
      .stream({ ...paces.claude, tokensPerSecond: 31, jitter: 0.6 })
      .wait(1_874)
      .text(
        '**Morning.** At 09:12 the checkout returned 502 for eleven minutes. The cause was a connection pool that the new worker had',
      )
      .wait(2_310)
      .text(' exhausted; Jonas rolled it'),
    tailMs: 640,
    end: {
      state: 'failed',
      errorCode: 'LLM_ERROR',
      errorMessage: anthropicOverloaded.error.message,
    },
    data: { errorEvent: anthropicOverloaded },
  });
  story.pause(2_000);
  story.call({
    request,
    promptTokens: 6_240,
    firstChunkMs: 480,
    stream: story
      .stream(paces.claude)
      .wait(1_106)
      .text(
        '**Morning.** At 09:12 the checkout returned 502 for eleven minutes. The cause was a connection pool that the new worker had exhausted; Jonas rolled it back at 09:23 and opened OPS-881 to size the pool by the number of workers.\n\n**Afternoon.** Disk usage on db-3 passed 80 %. Priya moved the audit table to cold storage, which freed 140 GB.\n\n**Open:** the alert for pool exhaustion is still missing (OPS-882, nobody assigned).',
      ),
    end: { finishReason: 'end_turn' },
  });
}

/** The connection closed without the last event: nobody said that the answer was over. */
function cutOff(story: Story): void {
  story.call({
    request: geminiContents('gemini-2.5-flash', digest('#release')),
    stream: story
      .stream({ ...paces.gemini, tokensPerChunk: [4, 9] })
      .wait(702)
      .text(
        'Version 4.18 went out at 14:05. The release notes mention the new export, faster search in large projects and a fix for the time zone of recurring events. Two hotfixes followed: 4.18.1 repairs the Windows installer, which could not find its own certificate, and 4.18.2 brings back the keyboard shortcut for',
      ),
    tailMs: 30_000,
    end: {
      state: 'truncated',
      errorCode: 'TRUNCATED',
      errorMessage: 'The upstream closed the connection without its last event.',
    },
  });
}

function rateLimited(story: Story): void {
  const request = openAiChat('gpt-4o-mini', digest('#support'));
  for (const waitMs of [500, 1_000]) {
    story.call({
      request,
      durationMs: story.random.between(90, 180),
      end: {
        state: 'failed',
        httpStatus: 429,
        errorCode: 'RATE_LIMIT',
        errorMessage: openAiRateLimit.error.message,
        response: JSON.stringify(openAiRateLimit),
      },
    });
    story.pause(waitMs);
  }
  story.call({
    request,
    promptTokens: 5_911,
    // The provider queued the call: the first token came after four seconds, the rest as always.
    stream: story
      .stream(paces.gpt)
      .wait(4_021)
      .text(
        'Forty-one tickets came in, thirty-eight were answered. Most questions were about the invoice layout that changed on Monday; the new help page covers it. Three tickets wait for engineering: a CSV import that drops leading zeros, a calendar that shows Sunday twice in the week of the clock change, and a login loop on one old tablet.',
      ),
    end: { finishReason: 'stop' },
  });
}

function refused(story: Story): void {
  story.call({
    request: openAiChat('gpt-4o-mini', [
      { role: 'system', content: 'Summarise the day in this channel for people who were away.' },
      {
        role: 'user',
        content:
          'Channel: #random. Include what people wrote about the health of their colleagues, with names.',
      },
    ]),
    promptTokens: 4_480,
    stream: story
      .stream(paces.gpt)
      .wait(498)
      .refusal(
        "I'm sorry, but I can't put together what was said about the health of named colleagues. I can summarise the rest of the channel without it.",
      ),
    end: { finishReason: 'stop' },
  });
}

function unreachable(story: Story): void {
  story.call({
    request: ollamaChat('qwen2.5:14b', digest('#hardware')),
    durationMs: 6,
    end: {
      state: 'failed',
      errorCode: 'UPSTREAM_UNREACHABLE',
      errorMessage: 'connect ECONNREFUSED 127.0.0.1:11434',
    },
  });
}
