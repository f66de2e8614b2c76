/** An agent as a person would start it: `node agent.ts BASE_URL` prints how many tokens it heard. */
import { ChatOpenAI } from '@langchain/openai';
import { captureLangChain } from '../../../src/langchain.js';

captureLangChain();
const [baseURL = ''] = process.argv.slice(2);
const model = new ChatOpenAI({ model: 'mock/default', apiKey: 'x', configuration: { baseURL } });
let heard = 0;
for await (const { text } of await model.stream('Hello')) if (text !== '') heard += 1;
process.stdout.write(`${heard}\n`);
