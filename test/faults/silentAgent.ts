/** An agent in the middle of a stream, recorded by the SDK, which goes on until it is killed. */
import { trace } from '../../sdk/typescript/src/index.js';

void trace.run('agent', async () => {
  const stream = trace.startLlmStream({ model: 'a-model' });
  for (const index of [0, 1, 2]) stream.addToken(`t${index} `);
  await trace.flush();
  process.stdout.write('streaming\n');
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});
