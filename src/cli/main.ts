/** Entry of the command line. */
import { runCommandLine } from './commandLine.js';

void runCommandLine(process.argv.slice(2), process).then((code) => {
  process.exitCode = code;
});
