// npm run test:python: makes the virtual environments, installs, and runs the tests of the Python SDK.
import { ensureDependencies } from './dependencies.mjs';

try {
  await ensureDependencies();
  (await import('tsx/esm/api')).register();
  const { testPython } = await import('./python/tests.ts');
  process.exitCode = await testPython(process.argv.slice(2));
} catch (error) {
  console.error(`npm run test:python failed: ${error.message}`);
  process.exit(1);
}
