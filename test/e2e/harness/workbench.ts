/** VS Code as a person uses it: quick open, command palette, settings. Every wait is for a condition. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { repository } from '../../../scripts/dependencies.mjs';
import {
  type Launcher,
  type OpenOptions,
  type VsCodeWindow,
  chooseLauncher,
} from '../../runner/launcher.js';
import { type Workspace, makeWorkspace } from '../../runner/workspace.js';
import { TracePage } from './tracePage.js';

export const artifacts = join(repository, 'test', 'artifacts');

export type Theme = 'dark' | 'light' | 'hc-dark' | 'hc-light';

const themeNames: Readonly<Record<Theme, string>> = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  'hc-dark': 'Default High Contrast',
  'hc-light': 'Default High Contrast Light',
};
/** Classes of the workbench's root. */
const themeClasses: Readonly<Record<Theme, string>> = {
  dark: 'vs-dark',
  light: 'vs',
  'hc-dark': 'hc-black',
  'hc-light': 'hc-light',
};

const modifier = process.platform === 'darwin' ? 'Meta' : 'Control';

let launcher: Promise<Launcher> | undefined;

/** One VS Code or browser for all suites of the process; each suite has windows of its own. */
const theLauncher = (): Promise<Launcher> =>
  (launcher ??= chooseLauncher((line) => void process.stdout.write(`${line}\n`)).then((chosen) => {
    process.stdout.write(`Launcher: ${chosen.name}\n`);
    return chosen;
  }));

export async function disposeLauncher(): Promise<void> {
  await (await launcher)?.dispose();
}

/** Windows that are open now. */
const openWorkbenches = new Set<Workbench>();

/** What a person would have seen when a test failed. */
export async function screenshotsOfFailure(title: string): Promise<void> {
  const name = `failed-${title.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 100)}`;
  for (const workbench of openWorkbenches) await workbench.screenshot(name);
}

export class Workbench {
  readonly page: Page;
  /** The folder that is open, on disk. */
  readonly folder: string;

  private constructor(
    private readonly window: VsCodeWindow,
    private readonly workspace: Workspace,
  ) {
    this.page = window.page;
    this.folder = workspace.folder;
  }

  /** Opens VS Code on a new folder with copies of the demo trace, the fixtures and what `prepare` adds. */
  static async open(
    prepare?: (folder: string) => Promise<void>,
    settings: OpenOptions['settings'] = {},
  ): Promise<Workbench> {
    const workspace = await makeWorkspace();
    await prepare?.(workspace.folder);
    const chosen = await theLauncher();
    const window = await chosen.open({
      ...{ folder: workspace.folder, width: 1600, height: 1000, settings },
    });
    const workbench = new Workbench(window, workspace);
    openWorkbenches.add(workbench);
    await workbench.whenReady();
    return workbench;
  }

  /** Commands and editors can be used. */
  private async whenReady(): Promise<void> {
    await this.page.getByRole('treeitem').first().waitFor({ timeout: 60_000 });
    // VS Code shows the files before it has read what extensions contribute.
    await this.page.getByRole('tab', { name: 'LLM Streams' }).first().waitFor({ timeout: 60_000 });
  }

  async close(): Promise<void> {
    openWorkbenches.delete(this);
    await this.window.close();
    await this.workspace.remove();
  }

  /** Opens a file of the folder by its name, as with the keyboard. */
  async openFile(name: string): Promise<void> {
    await this.quickInput(`${modifier}+P`, name);
    await this.option(name).click();
    await this.tab(name).waitFor();
  }

  /** Opens a file that is a trace, and waits until it is shown. */
  async openTrace(name: string): Promise<TracePage> {
    await this.openFile(name);
    await this.trace.whenIdle();
    return this.trace;
  }

  /** Opens a file as a trace by the context menu of the Explorer. */
  async openInInspector(name: string): Promise<void> {
    await this.page.getByRole('treeitem', { name, exact: true }).click({ button: 'right' });
    // VS Code ignores a click that comes right after a menu opened; a key it does not.
    await this.page.getByRole('menuitem', { name: 'Open in LLM Stream Inspector' }).hover();
    await this.page.keyboard.press('Enter');
    await this.tab(name).waitFor();
  }

  /** The trace page of the visible editor. */
  get trace(): TracePage {
    return new TracePage(this.page);
  }

  /** Runs a command of the palette by its whole title. */
  async runCommand(title: string): Promise<void> {
    await this.quickInput('F1', `>${title}`);
    await this.option(title).click();
  }

  /** The keyboard goes to the terminal that is shown: by a click, because a palette that closes gives the focus back. */
  async focusTerminal(): Promise<void> {
    await this.quickInputIsClosed();
    await this.page.locator('.terminal-wrapper.active .xterm-screen').click();
    await this.page.locator('.xterm.focus').first().waitFor();
  }

  tab(name: string): Locator {
    return this.page.getByRole('tab', { name });
  }

  /** An entry of the open quick pick, by how its name begins. */
  option(name: string): Locator {
    return this.page.locator('.quick-input-list').getByRole('option', { name }).first();
  }

  /** The box of a quick pick or of an input box. */
  get input(): Locator {
    return this.page.locator('.quick-input-widget input.input');
  }

  /** Notifications and dialogs that say this. */
  message(text: string | RegExp): Locator {
    return this.page.getByText(text).first();
  }

  async setTheme(theme: Theme): Promise<void> {
    await this.setSetting('workbench.colorTheme', themeNames[theme]);
    await this.page.locator(`.monaco-workbench.${themeClasses[theme]}`).waitFor();
  }

  /** Sets it for the folder: VS Code follows the file. */
  async setSetting(name: string, value: unknown): Promise<void> {
    const file = join(this.folder, '.vscode', 'settings.json');
    const settings = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as object;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify({ ...settings, [name]: value }));
  }

  resize(width: number, height: number): Promise<void> {
    return this.window.resize(width, height);
  }

  /** As a person does it: the browser's own reload would not let VS Code write down what is open. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.runCommand('Developer: Reload Window');
    await loaded;
    await this.whenReady();
  }

  async screenshot(name: string): Promise<void> {
    await mkdir(artifacts, { recursive: true });
    await this.page.screenshot({ path: join(artifacts, `${name}.png`) });
  }

  private async quickInput(key: string, text: string): Promise<void> {
    await this.quickInputIsClosed();
    await this.page.keyboard.press(key);
    await this.input.waitFor();
    await this.input.fill(text);
  }

  /** It fades out, and what is opened meanwhile is closed with it. */
  private quickInputIsClosed(): Promise<void> {
    return this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }
}
