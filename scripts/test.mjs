// npm test: installs, then runs the stages named on the command line, or all of them.
import { ensureDependencies } from './dependencies.mjs';

try {
  await ensureDependencies();
  (await import('tsx/esm/api')).register();
  const { runStages } = await import('../test/runner/stages.ts');
  process.exitCode = await runStages(process.argv.slice(2));
} catch (error) {
  console.error(`npm test failed: ${error.message}`);
  process.exit(1);
}
