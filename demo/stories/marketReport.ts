/** A report made stage after stage, in groups: first in detail, then in a few lines. */
import { type Message, anthropicMessages, openAiChat, paces } from '../providers.js';
import { Story } from '../story.js';
import type { TraceWriter } from '../../src/store/native/traceWriter.js';

const sources = ['registrations', 'charging points', 'prices of batteries'];

const detailed =
  '## Registrations\n\nIn the third quarter 148,200 battery cars were registered, 11 percent more than a year before. Most of the growth is small cars below 30,000 EUR: three models alone make up a fifth of it. Company cars grew slowly, since the tax rule that favours them ends in December and most fleets had ordered early.\n\n## Charging\n\n4,900 public points were added, of which 1,300 are fast ones. Four counties have fewer points than a year ago, because operators close slow ones that are rarely used. Outside of towns the median way to a fast charger is now 9 km.\n\n## Batteries\n\nThe price of a pack fell to 97 EUR per kWh, for the first time below 100. Iron phosphate has reached 44 percent of all cells; the makers expect 52 percent within a year.';

const summary =
  'Registrations are up 11 percent, carried by small cars. Fast charging grows, slow charging shrinks in four counties. Batteries cost less than 100 EUR per kWh for the first time.';

const claims =
  '1. 148,200: as in the table. 2. 97 EUR per kWh: as in the table. 3. "Four counties": correct.';

const letter =
  'Dear readers,\n\nsmall cars carried the quarter. If you plan a charger outside of a town, look at the four counties where slow points close: there is room for fast ones. And ask for a new offer before you buy a battery. Prices moved more in these three months than in the whole year before.';

export function tellMarketReport(writer: TraceWriter): void {
  const story = new Story(
    writer,
    {
      id: 'market-report',
      name: 'quarterly market report, stage by stage',
      startedAt: '2026-10-13T09:12:44.310Z',
      agentType: 'writer',
      metadata: { quarter: '2026-Q3' },
    },
    313,
  );
  story.stage('Collect', (stage) => {
    for (const [done, source] of sources.entries()) {
      stage.progress(done / sources.length, `reading ${source}`);
      story.tool('read_table', 180 + 90 * done, { source }, { rows: 214 - 60 * done });
    }
    stage.progress(1, `${sources.length} of ${sources.length} tables`);
  });
  story.pause(35);
  story.stage('Report', () => {
    story.stage('Draft', (stage) => {
      stage.phase('detailed');
      story.call(draft(story));
      stage.progress(0.7, 'three sections');
      story.pause(60);
      stage.phase('summary');
      story.call(shorten(story));
      stage.progress(1, 'three sections and a summary');
    });
    story.pause(20);
    story.stage('Check', (stage) => {
      stage.progress(0, 'three claims');
      story.call(check(story));
      stage.progress(1, 'three claims, all of them correct');
    });
  });
  story.pause(25);
  story.stage('Letter', (stage) => {
    stage.phase('detailed');
    story.call(write(story));
    stage.phase('summary');
    story.memoryWrite('last_report', { quarter: '2026-Q3', summary });
    stage.progress(1);
  });
  story.finalAnswer(letter);
  story.finish();
}

const asked = (system: string, content: string): readonly Message[] => [
  { role: 'system', content: system },
  { role: 'user', content },
];

const draft = (story: Story) => ({
  request: anthropicMessages(
    'claude-sonnet-4-5',
    asked('Write one section for each table. Name every number.', sources.join('\n')),
  ),
  promptTokens: 3_120,
  stream: story.stream(paces.claude).wait(1_180).text(detailed),
  end: { finishReason: 'end_turn' },
});

const shorten = (story: Story) => ({
  request: openAiChat('gpt-4o-mini', asked('Three sentences, no more.', detailed)),
  promptTokens: 271,
  stream: story.stream(paces.gpt).wait(402).text(summary),
  end: { finishReason: 'stop' },
});

const check = (story: Story) => ({
  request: openAiChat('gpt-4.1', asked('Check each claim against its table.', summary)),
  promptTokens: 3_301,
  stream: story.stream({ tokensPerSecond: 66 }).wait(890).text(claims),
  end: { finishReason: 'stop' },
});

const write = (story: Story) => ({
  request: anthropicMessages(
    'claude-sonnet-4-5',
    asked('Write to the readers, in two paragraphs.', summary),
  ),
  promptTokens: 118,
  stream: story.stream(paces.claude).wait(745).text(letter),
  end: { finishReason: 'end_turn' },
});
