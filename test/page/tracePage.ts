/**
 * The trace page in a plain Chromium, without VS Code: the real bundle under the real content security
 * policy, with a fake extension host behind it.
 */
import path from 'node:path';
import { build } from 'esbuild';
import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core';
import { chromiumFlags, ensureChromium } from '../../scripts/browser.js';
import { Channel, type Message } from '../../src/protocol/channel.js';
import type {
  HostSurface,
  PageAction,
  PageSettings,
  PageState,
  PageSurface,
  Reveal,
} from '../../src/protocol/pageMessages.js';
import { pageThemes, type ThemeName } from './themes.js';
import { type TraceSource, readyState } from './traceSource.js';
import { stallRule } from './syntheticTrace.js';

const origin = 'http://trace.test';
const nonce = 'harness';
const styleNonce = 'harness-style';
const repository = path.resolve(import.meta.dirname, '../..');

export interface PageOptions {
  readonly source: TraceSource;
  /** Ready with the source when absent. */
  readonly state?: PageState;
  readonly settings?: PageSettings;
  readonly reveal?: Reveal;
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly savedState?: unknown;
  readonly reducedMotion?: boolean;
  readonly hasTouch?: boolean;
  readonly onAction?: (action: PageAction) => void;
}

export interface TracePage {
  readonly page: Page;
  /** The extension host's end: to notify the page. */
  readonly host: Channel<HostSurface, PageSurface>;
  /** What the page asked to be copied, newest last. */
  readonly copied: string[];
  /** Failures that the page reported, and messages of the console that are errors. */
  readonly errors: string[];
  /** What the page told of its selection, newest last. */
  readonly selected: HostSurface['notifications']['selected'][];
  readonly idle: () => Promise<void>;
  readonly setTheme: (theme: ThemeName) => Promise<void>;
  readonly savedState: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

export async function launchBrowser(): Promise<Browser> {
  const executablePath = await ensureChromium(() => undefined);
  return chromium.launch({ executablePath, args: [...chromiumFlags] });
}

/** The files of the page by name, built as esbuild.mjs builds them but kept in memory. */
export async function bundlePage(): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: { page: path.join(repository, 'webview/main.ts') },
    bundle: true,
    write: false,
    outdir: path.join(repository, 'out/page'),
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
    logLevel: 'warning',
  });
  return new Map(outputFiles.map((file) => [path.basename(file.path), file.contents]));
}

/** Opens the page and waits until it is idle. */
export async function openTracePage(
  browser: Browser,
  bundle: ReadonlyMap<string, Uint8Array>,
  options: PageOptions,
): Promise<TracePage> {
  const { width = 1180, height = 780, theme = 'dark' } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    reducedMotion: options.reducedMotion ? 'reduce' : 'no-preference',
    hasTouch: options.hasTouch ?? false,
  });
  await serve(context, bundle);
  const page = await context.newPage();
  const log: Pick<TracePage, 'copied' | 'errors' | 'selected'> = {
    copied: [],
    errors: [],
    selected: [],
  };
  page.on('console', (message) => {
    if (message.type() === 'error') log.errors.push(message.text());
  });
  page.on('pageerror', (error) => log.errors.push(error.stack ?? error.message));
  const host = await connect(page, options, log);
  // tsx keeps the names of functions through this helper, which functions that run in the page lack.
  await page.addInitScript('globalThis.__name = (named) => named;');
  await page.addInitScript(shim, options.savedState ?? null);
  await page.addInitScript(applyTheme, pageThemes[theme]);
  await page.goto(`${origin}/index.html`);
  const idle = async (): Promise<void> => {
    await page
      .locator('main[data-idle="true"]')
      .waitFor({ timeout: 10_000 })
      .catch(() => {
        throw new Error(`The page did not become idle.\n${log.errors.join('\n')}`);
      });
  };
  await idle();
  return {
    page,
    host,
    ...log,
    idle,
    setTheme: (name) => page.evaluate(applyTheme, pageThemes[name]),
    savedState: () => page.evaluate(() => window.harness.savedState),
    close: () => context.close(),
  };
}

declare global {
  interface Window {
    harness: { savedState: unknown };
    toHost(message: unknown): Promise<void>;
  }
}

/** What VS Code puts into a webview; runs in the page before its own scripts. */
function shim(savedState: unknown): void {
  window.harness = { savedState };
  Object.assign(window, {
    acquireVsCodeApi: () => ({
      postMessage: (message: unknown) => void window.toHost(message),
      getState: () => window.harness.savedState,
      // VS Code keeps the state as JSON.
      setState: (state: unknown) => {
        window.harness.savedState = JSON.parse(JSON.stringify(state)) as unknown;
      },
    }),
  });
}

/** Runs in the page: now if it has a body, else as soon as it has. */
function applyTheme(theme: {
  bodyClasses: readonly string[];
  variables: Readonly<Record<string, string>>;
}): void {
  const apply = (): void => {
    document.documentElement.removeAttribute('style');
    for (const [name, value] of Object.entries(theme.variables)) {
      document.documentElement.style.setProperty(`--vscode-${name}`, value);
    }
    document.body.className = theme.bodyClasses.join(' ');
  };
  if (document.body) apply();
  else document.addEventListener('DOMContentLoaded', apply);
}

async function connect(
  page: Page,
  { source, state, settings, reveal, onAction }: PageOptions,
  log: Pick<TracePage, 'copied' | 'errors' | 'selected'>,
): Promise<Channel<HostSurface, PageSurface>> {
  let receive: (message: unknown) => void = () => undefined;
  await page.exposeFunction('toHost', (message: unknown) => receive(message));
  const post = (message: Message): void => {
    page
      .evaluate((data) => window.postMessage(data, '*'), message)
      .catch((thrown: unknown) => {
        if (!page.isClosed()) throw thrown;
      });
  };
  const listen = (listener: (message: unknown) => void): (() => void) => {
    receive = listener;
    return () => undefined;
  };
  return new Channel<HostSurface, PageSurface>(
    { post, listen },
    {
      ready: () => ({
        state: state ?? readyState(source),
        settings: settings ?? { stallRule, pageSize: 100 },
        reveal: reveal ?? null,
      }),
      copy: ({ text }) => {
        log.copied.push(text);
        return null;
      },
      action: ({ action }) => {
        onAction?.(action);
        return null;
      },
      run: (params) => source.run(params),
      runChanges: (params) => source.runChanges(params),
      rates: (params) => source.rates(params),
      tokens: (params) => source.tokens(params),
      step: (params) => source.step(params),
    },
    {
      selected: (selection) => void log.selected.push(selection),
      pageError: ({ message, stack }) => void log.errors.push(stack ?? message),
    },
  );
}

const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-${nonce}'; style-src ${origin} 'nonce-${styleNonce}'; font-src ${origin}; img-src ${origin}">
<meta property="csp-nonce" content="${styleNonce}">
<title>Trace</title>
<link rel="stylesheet" href="${origin}/page.css">
</head>
<body><script type="module" nonce="${nonce}" src="${origin}/page.js"></script></body>
</html>`;

const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
};

async function serve(
  context: BrowserContext,
  bundle: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  await context.route(`${origin}/**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === 'index.html') return route.fulfill({ body: html, contentType: 'text/html' });
    const file = bundle.get(name);
    if (!file) return route.fulfill({ status: 404 });
    const contentType = contentTypes[path.extname(name)] ?? 'application/octet-stream';
    return route.fulfill({ body: Buffer.from(file), contentType });
  });
}
