/** `npm run demo:build`: writes demo/demo.llmtrace. */
import { fileURLToPath } from 'node:url';
import { writeTraceFile } from '../src/store/native/traceFile.js';
import { buildDemoTrace } from './demoTrace.js';

const path = fileURLToPath(new URL('demo.llmtrace', import.meta.url));
const bytes = await buildDemoTrace();
await writeTraceFile(path, bytes);
console.log(`${path}: ${(bytes.length / 1_000).toFixed(0)} kB`);
