// npm run test:python, npm run bench:python: each makes its virtual environment, installs, and runs.
import { ensureDependencies } from './dependencies.mjs';

const [, , what, ...words] = process.argv;
try {
  await ensureDependencies();
  (await import('tsx/esm/api')).register();
  const { benchPython, testPython } = await import('./python/stages.ts');
  process.exitCode = await (what === 'bench' ? benchPython : testPython)(words);
} catch (error) {
  console.error(`npm run ${what}:python failed: ${error.message}`);
  process.exit(1);
}
