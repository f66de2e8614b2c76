/** VS Code's server build in headless Chromium. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { type Browser, type Page, chromium } from 'playwright-core';
import { chromiumFlags, ensureChromium } from '../../scripts/browser.js';
import { repository } from '../../scripts/dependencies.mjs';
import { type Server, startServer } from '../../scripts/vscode/server.js';
import { type ServerBuild, ensureServerBuild } from '../../scripts/vscode/serverBuild.js';
import type { HostTestOptions, Launcher, OpenOptions, VsCodeWindow } from './launcher.js';
import { quietSettings } from '../../scripts/vscode/quietSettings.js';

export async function serverLauncher(log: (line: string) => void): Promise<Launcher> {
  const build = await ensureServerBuild(log);
  const browser = await chromium.launch({
    executablePath: await ensureChromium(log),
    args: [...chromiumFlags],
  });
  return {
    name: `VS Code ${build.version}, server build, in Chromium ${browser.version()}`,
    open: (options) => openWindow(build, browser, options),
    runInHost: (options) => runInHost(build, browser, options),
    dispose: () => browser.close(),
  };
}

async function openWindow(
  build: ServerBuild,
  browser: Browser,
  options: OpenOptions,
): Promise<VsCodeWindow> {
  const { server, stop } = await startInTemporaryFolder(build, {}, options.settings);
  const { width, height } = options;
  const context = await browser.newContext({ viewport: { width, height }, hasTouch: true });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  await page.goto(server.address({ folder: options.folder, extension: repository }));
  return {
    page,
    resize: (newWidth, newHeight) => page.setViewportSize({ width: newWidth, height: newHeight }),
    close: async () => {
      await context.close();
      await stop();
    },
  };
}

async function runInHost(
  build: ServerBuild,
  browser: Browser,
  options: HostTestOptions,
): Promise<void> {
  const { server, stop } = await startInTemporaryFolder(build, options.environment);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    const ended = hostTestsEnded(page, server, options.timeoutMs);
    const address = { folder: options.folder, extension: repository, tests: options.tests };
    await Promise.all([page.goto(server.address(address)), ended]);
  } finally {
    await context.close();
    await stop();
  }
}

/** VS Code calls these two functions of the page when a test driver put them there. */
async function hostTestsEnded(page: Page, server: Server, timeoutMs: number): Promise<void> {
  const errors: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<void>((resolve, reject) => {
    const fail = (what: string): void =>
      reject(new Error(`${what} Last errors of VS Code:\n${errors.slice(-5).join('\n')}`));
    timer = setTimeout(
      () => fail(`The integration tests did not end within ${timeoutMs / 1_000} s.`),
      timeoutMs,
    );
    page.once('crash', () => fail('The window of VS Code crashed.'));
    void server.exited.then(() => fail("VS Code's server ended before the tests did."));
    void page.exposeFunction('codeAutomationExit', () => resolve());
    void page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
      if (type === 'error') errors.push(args.map(String).join(' '));
    });
  });
  try {
    await ended;
  } finally {
    clearTimeout(timer);
  }
}

async function startInTemporaryFolder(
  build: ServerBuild,
  environment: Readonly<Record<string, string>>,
  settings: OpenOptions['settings'] = {},
): Promise<{ server: Server; stop: () => Promise<void> }> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'llm-stream-vscode-'));
  const machine = join(dataFolder, 'data', 'Machine');
  await mkdir(machine, { recursive: true });
  await writeFile(
    join(machine, 'settings.json'),
    JSON.stringify({ ...quietSettings, ...settings }),
  );
  const connectionToken = randomUUID();
  const server = await startServer({ build, port: '0', dataFolder, connectionToken, environment });
  return {
    server,
    stop: async () => {
      await server.stop();
      await rm(dataFolder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
