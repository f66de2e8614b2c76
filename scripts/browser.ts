/** Finds the headless Chromium that drives VS Code's server build in tests. */
import { run } from './children.js';
import { findOnPath, firstExecutable, isExecutable } from './programs.js';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const fixedPlaces = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Flags that keep it quiet and alike on every machine. */
export const chromiumFlags: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** CHROMIUM_PATH, one of the PATH or of the usual places, or one that apt installs on Debian. */
export async function ensureChromium(log: (line: string) => void): Promise<string> {
  const found = await findChromium();
  if (found !== null) return found;
  const apt = await findOnPath(['apt-get']);
  const sudo = await findOnPath(['sudo']);
  const isRoot = process.getuid?.() === 0;
  if (apt !== null && (isRoot || sudo !== null)) {
    log('Installing Chromium with apt …');
    const asRoot = isRoot || sudo === null ? [] : [sudo, '-n'];
    await runAll([...asRoot, apt, 'update', '-qq']);
    await runAll([...asRoot, apt, 'install', '-y', '-qq', '--no-install-recommends', 'chromium']);
    const installed = await findChromium();
    if (installed !== null) return installed;
  }
  throw new Error(
    'There is no Chromium for the tests. Install Chromium or Chrome, or set CHROMIUM_PATH to its executable.',
  );
}

async function findChromium(): Promise<string | null> {
  const chosen = process.env['CHROMIUM_PATH'];
  if (chosen !== undefined && chosen !== '') {
    if (await isExecutable(chosen)) return chosen;
    throw new Error(`CHROMIUM_PATH names "${chosen}", which cannot be run.`);
  }
  return (await findOnPath(names)) ?? (await firstExecutable(fixedPlaces));
}

const runAll = ([command = '', ...args]: readonly string[]): Promise<void> => run(command, args);
