/** `npm start`: builds, then opens VS Code with the extension and the demo trace in view. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAll } from './build.js';
import { repository } from './dependencies.mjs';
import { openInBrowser } from './openBrowser.js';
import { findDesktop, openInDesktop } from './vscode/desktop.js';
import { serveInterface } from './vscode/serveInterface.js';

const usage = `Usage: npm start -- [--server] [--port NUMBER] [--no-open]

  --server       VS Code's server build, also where VS Code is installed
  --port NUMBER  where the server build listens (default: the first free one from 3210 on)
  --no-open      only print its address, open no browser`;

export async function start(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      server: { type: 'boolean', default: false },
      port: { type: 'string', default: '3210-3299' },
      'no-open': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  console.log('Building the extension and the demo trace …');
  await buildAll();

  const folder = join(repository, 'demo');
  const file = join(folder, 'demo.llmtrace');
  const desktop = values.server ? null : await findDesktop();
  if (desktop !== null) {
    console.log(`Opening the demo trace in ${desktop.executable} …`);
    await openInDesktop(desktop, folder, file);
    return;
  }
  const served = await serveInterface(values.port, (line) => console.log(line));
  const address = served.address({ folder, extension: repository, file });
  console.log(`\nVS Code with the demo trace is ready. Open this address:\n\n  ${address}\n`);
  console.log('Ctrl+C ends it.');
  if (!values['no-open']) openInBrowser(address);
  const endOnSignal = (): void => void served.stop();
  process.once('SIGINT', endOnSignal);
  process.once('SIGTERM', endOnSignal);
  await served.exited;
}
