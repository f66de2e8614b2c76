/** An agent that works in stages: a group of them one after the other, with phases, progress and a failure; 12 s long. */
import { SentAgent } from './sentAgent.js';

/** `startMs`: wall clock, ms since 1970. */
export function stagesAgent(startMs: number): SentAgent {
  const agent = new SentAgent(startMs);
  const report = agent.step('stage', 'report', 100, 10_400);
  const collect = agent.step('stage', 'collect', 200, 2_400, { parent_id: report });
  agent.call('gpt-4o-mini', 300, 30, { parent_id: collect });
  agent.call('gpt-4o-mini', 500, 40, { parent_id: collect });
  agent.call('gpt-4o-mini', 700, 50, { parent_id: collect });
  agent.progress(collect, 900, { progress: 0.33, message: 'document 1 of 3' });
  agent.progress(collect, 1_800, { progress: 0.66, message: 'document 2 of 3' });
  agent.progress(collect, 2_390, { progress: 1, message: 'document 3 of 3' });

  const write = agent.step('stage', 'write', 2_900, 7_900, { parent_id: report });
  agent.progress(write, 2_900, { phase: 'detailed', progress: 0, message: 'all the findings' });
  agent.call('claude-sonnet-4-5', 3_000, 150, { parent_id: write, ttftMs: 600 });
  agent.progress(write, 4_800, { progress: 0.5 });
  agent.progress(write, 6_400, { phase: 'summary', progress: 0.62, message: 'for the clinicians' });
  agent.call('claude-sonnet-4-5', 6_500, 40, { parent_id: write, ttftMs: 400 });
  agent.progress(write, 7_700, { progress: 0.9 });

  const check = agent.step('stage', 'check', 7_900, 10_300, { parent_id: report });
  const critic = agent.step('agent', 'critic', 8_000, 9_900, { parent_id: check });
  agent.call('gpt-4o', 8_100, 60, { parent_id: critic });
  agent.step('tool_call', 'look_up', 9_450, 9_800, {
    parent_id: critic,
    end: { status: 'failed', data: { error: 'no such source' } },
  });
  agent.progress(check, 9_900, { progress: 0.8, message: 'two of the sources are gone' });
  const publish = agent.step('stage', 'publish', 10_800, 11_800);
  agent.call('gpt-4o-mini', 10_900, 20, { parent_id: publish });
  return agent.end(12_000);
}
