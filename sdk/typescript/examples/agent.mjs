// An agent that plans a trip, recorded from the inside. Runs offline, without an account.
import { trace, traceStream } from 'llm-stream-sdk';
import { streamAnswer } from './mockModel.mjs';

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const answer = await trace.run('trip to Salzburg', { agentType: 'planner' }, async () => {
  const plan = await trace.stage('plan', () => ask('plan', 'Three days in Salzburg, on foot.'));

  const weather = await trace.tool('weather', { city: 'Salzburg', days: 3 }, async () => {
    await pause(180);
    return ['rain', 'sun', 'clouds'];
  });
  trace.memoryWrite('weather', weather);
  trace.agentHandoff('planner', 'writer', 'The plan has to fit the weather.');

  const text = await trace.stage('write', () =>
    ask('write', `${plan}\nWeather: ${weather.join(', ')}`),
  );
  trace.finalAnswer(text);
  return text;
});
console.log(answer);

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
