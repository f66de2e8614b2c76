/** `npm run docs:screenshots`: the pictures of the docs, of the demo trace in VS Code. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Workbench, disposeLauncher } from '../test/e2e/harness/workbench.js';
import { buildAll } from './build.js';
import { repository } from './dependencies.mjs';

const folder = join(repository, 'docs', 'images');
const largestBytes = 50_000;
/** The best of these that makes it small enough. */
const qualities = [80, 60, 45, 30, 20, 12];

async function takeScreenshot(workbench: Workbench, name: string): Promise<void> {
  const { page } = workbench;
  const box = await workbench.trace.main.boundingBox();
  if (!box) throw new Error('The trace page is not visible.');
  // Playwright makes PNG and JPEG only, several times as large.
  const devtools = await page.context().newCDPSession(page);
  for (const quality of qualities) {
    const { data } = await devtools.send('Page.captureScreenshot', {
      ...{ format: 'webp', quality },
      clip: { ...box, scale: 1 },
    });
    const bytes = Buffer.from(data, 'base64');
    if (bytes.length > largestBytes) continue;
    await writeFile(join(folder, `${name}.webp`), bytes);
    console.log(`${name}.webp: ${bytes.length} bytes at quality ${quality}`);
    return;
  }
  throw new Error(`${name} is larger than ${largestBytes} bytes at any quality.`);
}

async function takeScreenshots(workbench: Workbench): Promise<void> {
  const trace = await workbench.openTrace('demo.llmtrace');
  await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
  await workbench.resize(1120, 880);
  await trace.selectStep(/claude-sonnet.*214 tokens/);
  // Some tokens after the stall.
  await trace.position.focus();
  await workbench.page.keyboard.press('End');
  for (let token = 0; token < 30; token++) await workbench.page.keyboard.press(',');
  await workbench.setTheme('dark');
  await trace.whenIdle();
  await takeScreenshot(workbench, 'overview');
}

// The same on every machine.
process.env['LLM_STREAM_LAUNCHER'] = 'server';
await buildAll();
await mkdir(folder, { recursive: true });
const workbench = await Workbench.open();
try {
  await takeScreenshots(workbench);
} finally {
  await workbench.close();
  await disposeLauncher();
}
