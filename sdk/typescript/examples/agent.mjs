// An agent that plans a trip, recorded from the inside. Runs offline, without an account.
import { trace, traceStream } from 'llm-stream-sdk';
import { streamAnswer } from './mockModel.mjs';

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const answer = await trace.run('trip to Salzburg', { agentType: 'planner' }, async () => {
  // A group is a stage that holds stages.
  const text = await trace.stage('itinerary', async () => {
    const plan = await trace.stage('plan', (stage) => planned(stage));
    const weather = await lookedUp();
    trace.memoryWrite('weather', weather);
    trace.agentHandoff('planner', 'writer', 'The plan has to fit the weather.');
    return trace.stage('write', () => ask('write', `${plan}\nWeather: ${weather.join(', ')}`));
  });
  trace.finalAnswer(text);
  return text;
});
console.log(answer);

/** First in detail, then day by day in a few words; the timeline shows how far it is. */
async function planned(stage) {
  stage.phase('detailed');
  const plan = await ask('plan', 'Three days in Salzburg, on foot.');
  stage.phase('summary');
  const days = plan.split(/(?=Day )/);
  for (const [done, day] of days.entries()) {
    stage.progress(done / days.length, day.split(':')[0]);
    await pause(60);
  }
  stage.progress(1, 'three days');
  return plan;
}

function lookedUp() {
  return trace.tool('weather', { city: 'Salzburg', days: 3 }, async () => {
    await pause(180);
    return ['rain', 'sun', 'clouds'];
  });
}

/** Asks the model; every token is noted at the moment when it comes. */
async function ask(task, prompt) {
  let text = '';
  const stream = traceStream(() => streamAnswer(task), {
    model: 'mock-1',
    provider: 'mock',
    prompt,
  });
  for await (const chunk of stream) if (chunk.kind === 'text') text += chunk.text;
  return text;
}
