// npm start: installs, builds, and opens VS Code with the extension and the demo trace.
import { ensureDependencies } from './dependencies.mjs';

try {
  await ensureDependencies();
  (await import('tsx/esm/api')).register();
  const { start } = await import('./start.ts');
  await start(process.argv.slice(2));
} catch (error) {
  console.error(`npm start failed: ${error.message}`);
  process.exit(1);
}
