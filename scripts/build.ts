/** What `npm start` and `npm test` build first. */
import { run } from './children.js';
import { repository } from './dependencies.mjs';

/** The extension's bundles and the demo trace. */
export async function buildAll(): Promise<void> {
  await run(process.execPath, ['esbuild.mjs', '--production'], { cwd: repository });
  await run(process.execPath, ['--import', 'tsx', 'demo/build.ts'], { cwd: repository });
}
