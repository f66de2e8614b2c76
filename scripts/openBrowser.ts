/** Opens an address in the person's browser, where there is one; nothing happens otherwise. */
import { spawn } from 'node:child_process';

export function openInBrowser(address: string): void {
  const command = openCommand(address);
  if (command === null) return;
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.once('error', () => console.log('No browser could be opened: open the address yourself.'));
  child.unref();
}

function openCommand(address: string): [string, ...string[]] | null {
  if (process.platform === 'darwin') return ['open', address];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', address];
  const display = process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'] ?? '';
  return display === '' ? null : ['xdg-open', address];
}
