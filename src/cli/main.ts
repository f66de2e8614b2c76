/** Entry of the command line. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { captureCommand } from './capture.js';
import { changingCommands } from './changeTraces.js';
import { checkingCommands } from './checkPatterns.js';
import { runCommandLine } from './commandLine.js';
import { copyingCommands } from './copyTraces.js';

const { version } = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as {
  version: string;
};
// They lie beside this bundle.
const files = { store: join(__dirname, 'store.js'), foldWorker: join(__dirname, 'fold.js') };

const onUnexpected = (listener: (thrown: unknown) => void): void => {
  process.on('uncaughtException', listener);
};

void runCommandLine(process.argv.slice(2), process, {
  capture: captureCommand({ files, version, onUnexpected }, process),
  ...changingCommands(process),
  ...copyingCommands(process),
  ...checkingCommands(process),
}).then((code) => {
  process.exitCode = code;
});
