// An agent with the built package, for every runtime. It is bundled for none of them.
import process from 'node:process';
import { trace, traceStream } from '../../dist/index.js';

async function* answer() {
  for (let index = 0; index < 2_000; index++) {
    if (index % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    yield `t${index} `;
  }
}

const [how] = process.argv.slice(2);
const text = await trace.run('agent', () =>
  trace.stage('answer', async () => {
    let heard = '';
    for await (const piece of traceStream(answer, { model: 'some-model' })) heard += piece;
    return heard;
  }),
);
trace.finalAnswer(text.length);
if (how === 'exit') {
  trace.startRun('open');
  process.exit(3);
}
if (how === 'signal') {
  trace.startRun('open');
  setInterval(() => undefined, 1_000);
  console.log('ready');
}
