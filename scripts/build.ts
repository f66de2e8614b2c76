/** What `npm start` and `npm test` build first. */
import { run } from './children.js';
import { repository } from './dependencies.mjs';

/** The extension's bundles, the SDK's, and the demo trace. */
export async function buildAll(): Promise<void> {
  await run(process.execPath, ['esbuild.mjs', '--production'], { cwd: repository });
  await run(process.execPath, ['sdk/typescript/build.mjs'], { cwd: repository });
  await run(process.execPath, ['--import', 'tsx', 'demo/build.ts'], { cwd: repository });
}
