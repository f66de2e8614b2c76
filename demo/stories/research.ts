/** The same question to three models at once, a slow first token among them, and one answer made of all. */
import {
  type Message,
  geminiContents,
  ollamaChat,
  openAiChat,
  anthropicMessages,
  paces,
} from '../providers.js';
import { Story } from '../story.js';
import type { TraceWriter } from '../../src/store/native/traceWriter.js';

const question: readonly Message[] = [
  {
    role: 'system',
    content: 'You advise home owners. Name numbers, and say when you are not sure.',
  },
  {
    role: 'user',
    content:
      'Does a heat pump make sense in a brick house from 1962 with radiators and no insulation?',
  },
];

const gemini =
  'Often yes, but look at the flow temperature first. An uninsulated brick house of that age needs roughly 150 to 200 kWh per square metre and year. What decides is whether the radiators heat the rooms on a cold day with water of 55 °C or less. You can test that this winter for nothing: turn the heating curve of the present boiler down to 55 °C and see which rooms stay cold. Usually it is two or three, and changing their radiators costs about 500 to 900 EUR each.\n\nWith 55 °C a modern air-to-water heat pump reaches a seasonal performance factor of about 3.0, with 45 °C about 3.6. Insulating the attic floor and the cellar ceiling first is cheap and makes the heat pump one size smaller.';

const llama =
  'It can, if the flow temperature stays below about 55 degrees. Steps that pay off before: insulate the top floor ceiling, seal the windows, balance the radiators hydraulically. Without any of this the heat pump would need to be large (12 to 14 kW for 140 m²), noisy on cold days and expensive to run. I am not sure about subsidies in your country, please check them before you order.';

const claude =
  'Yes, with two conditions.\n\n**The house must manage with 55 °C.** Radiators from the sixties are often oversized, which helps here: they were designed for 90 °C and for windows that have been replaced since. Try it with your boiler before you spend anything.\n\n**The electrical side must fit.** A heat pump of 10 kW draws about 3 kW; with a tariff for heat pumps and a performance factor of 3, the heat costs roughly a third of your price of electricity.\n\nWhat I would not do is wait for a full renovation: the attic and the cellar ceiling bring most of the saving for a small part of the money.';

const plan = [
  'Look up typical heat demand of brick houses from 1960 to 1970.',
  'Ask three models independently, so that they do not copy each other.',
  'Keep what at least two of them say; mark the rest as uncertain.',
];

const synthesis =
  'All three agree: **it depends on the flow temperature, not on the age of the house.** Turn your boiler down to 55 °C this winter. If the rooms stay warm, a heat pump works with the radiators you have, at a seasonal performance factor of about 3.\n\nBefore you order:\n\n1. Insulate the attic floor and the cellar ceiling: cheap, and the heat pump becomes a size smaller.\n2. Have the radiators balanced, and exchange the two or three that are too small.\n3. Compare electricity tariffs for heat pumps.\n\nOnly one model gave sizes (12 to 14 kW for 140 m²) and prices of radiators (500 to 900 EUR): ask for an offer before you rely on them.';

export function tellResearch(writer: TraceWriter): void {
  const story = new Story(
    writer,
    {
      id: 'heat-pumps',
      name: 'research: heat pumps in old houses',
      startedAt: '2026-10-13T19:05:12.730Z',
      agentType: 'research',
      sessionId: 'session-2f90',
    },
    1962,
  );
  story.agent('Planner', () => {
    story.call({
      request: openAiChat('gpt-4.1', [
        { role: 'system', content: 'Plan the research in at most three steps. Call set_plan.' },
        ...question,
      ]),
      promptTokens: 131,
      stream: story.stream({ tokensPerSecond: 66 }).wait(602).toolCall('set_plan', { steps: plan }),
      end: { finishReason: 'tool_calls' },
    });
    story.memoryWrite('plan', plan);
    story.handOff('Planner', 'Researcher', 'The plan has three steps.');
  });
  story.agent('Researcher', () => {
    story.tool('web_search', 812, { query: 'heat demand brick house 1962 kWh/m2' }, { results: 8 });
    story.parallel(
      () => askGemini(story),
      () => askLlama(story),
      () => askClaude(story),
    );
    story.handOff('Researcher', 'Writer', 'Three answers are in.');
  });
  story.agent('Writer', () => {
    story.memoryRead('plan', plan);
    story.call({
      request: openAiChat('gpt-4.1', [
        { role: 'system', content: 'Write one answer. Keep what at least two sources say.' },
        { role: 'user', content: [gemini, llama, claude].join('\n\n---\n\n') },
      ]),
      promptTokens: 611,
      stream: story.stream({ tokensPerSecond: 66 }).wait(711).text(synthesis),
      end: { finishReason: 'stop' },
    });
    story.finalAnswer(synthesis);
  });
  story.finish();
}

/** Few, large chunks. */
function askGemini(story: Story): void {
  story.call({
    request: geminiContents('gemini-2.5-flash', question),
    promptTokens: 47,
    stream: story.stream(paces.gemini).wait(583).text(gemini),
    end: { finishReason: 'STOP' },
  });
}

/** The model had to be loaded into memory first: four seconds until the first token. */
function askLlama(story: Story): void {
  story.pause(4);
  story.call({
    request: ollamaChat('llama3.1:8b', question, { more: { keep_alive: '5m' } }),
    promptTokens: 52,
    stream: story.stream(paces.llama).wait(4_183).text(llama),
    end: { finishReason: 'stop' },
  });
}

function askClaude(story: Story): void {
  story.pause(9);
  story.call({
    request: anthropicMessages('claude-sonnet-4-5', question),
    promptTokens: 58,
    firstChunkMs: 512,
    stream: story.stream(paces.claude).wait(934).text(claude),
    end: { finishReason: 'end_turn' },
  });
}
