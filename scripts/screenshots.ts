/** `npm run docs:screenshots`: the pictures of the docs, of the demo trace in VS Code. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Theme, Workbench, disposeLauncher } from '../test/e2e/harness/workbench.js';
import { buildAll } from './build.js';
import { repository } from './dependencies.mjs';

const folder = join(repository, 'docs', 'images');
const largestBytes = 50_000;
const quality = 45;

async function takeScreenshot(workbench: Workbench, name: string): Promise<void> {
  const { page } = workbench;
  const box = await workbench.trace.main.boundingBox();
  if (!box) throw new Error('The trace page is not visible.');
  // Playwright makes PNG and JPEG only, several times as large.
  const devtools = await page.context().newCDPSession(page);
  const { data } = await devtools.send('Page.captureScreenshot', {
    ...{ format: 'webp', quality },
    clip: { ...box, scale: 1 },
  });
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length > largestBytes) throw new Error(`${name} has ${bytes.length} bytes.`);
  await writeFile(join(folder, `${name}.webp`), bytes);
  console.log(`${name}.webp: ${(bytes.length / 1_000).toFixed(0)} kB`);
}

async function takeScreenshots(workbench: Workbench): Promise<void> {
  const trace = await workbench.openTrace('demo.llmtrace');
  await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
  await workbench.resize(1180, 780);
  await trace.selectStep(/claude-sonnet.*214 tokens/);
  // Some tokens after the stall.
  await trace.position.focus();
  await workbench.page.keyboard.press('End');
  for (let token = 0; token < 30; token++) await workbench.page.keyboard.press(',');
  const themes: readonly (readonly [Theme, string])[] = [
    ['light', 'overview-light'],
    ['dark', 'overview'],
  ];
  for (const [theme, name] of themes) {
    await workbench.setTheme(theme);
    await trace.whenIdle();
    await takeScreenshot(workbench, name);
  }
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
