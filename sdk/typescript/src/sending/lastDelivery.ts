/**
 * Sends from a process whose loop has stopped (`process.exit`, an exception that nobody caught): another process does
 * it, while this one waits.
 */
import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import process from 'node:process';

interface Destination {
  readonly endpoint: string;
  readonly token: string | null;
}

/** True: all of it is with the capture. */
export function deliverNow(
  { endpoint, token }: Destination,
  lines: Buffer,
  timeoutMs: number,
): boolean {
  const words = wordsToRun(script);
  if (!words || timeoutMs < 1) return false;
  try {
    const { status } = spawnSync(process.execPath, words, {
      // Not in the words: others on the machine see those.
      input: Buffer.concat([Buffer.from(`${JSON.stringify({ endpoint, token })}\n`), lines]),
      env: environment(),
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: Math.ceil(timeoutMs),
      killSignal: 'SIGKILL',
      windowsHide: true,
    });
    return status === 0;
  } catch {
    // Processes may not be started here.
    return false;
  }
}

/** Null where this program is not a plain runtime: it would start the agent once more. */
function wordsToRun(code: string): string[] | null {
  const isElectron = process.versions['electron'] !== undefined;
  const runtime = /^(node|nodejs|bun|deno)[\d.-]*(\.exe)?$/i.exec(basename(process.execPath))?.[1];
  if (!isElectron && !runtime) return null;
  return [runtime?.toLowerCase() === 'deno' ? 'eval' : '-e', code];
}

function environment(): NodeJS.ProcessEnv {
  const passedOn = Object.entries(process.env).filter(([name]) => !isForAgent(name));
  const electron = process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' };
  return { ...Object.fromEntries(passedOn), ...electron, LLM_STREAM_ENABLED: 'false' };
}

/** What it preloads and records about itself, and its way to the internet. */
const isForAgent = (name: string): boolean =>
  /^NODE_(OPTIONS|V8_COVERAGE|USE_ENV_PROXY)$|_PROXY$/i.test(name);

/** Runs in Node, Bun and Deno. Ends with 0 when each request was answered with 200. */
const script = `
(async () => {
  const { default: process } = await import('node:process');
  const { Buffer } = await import('node:buffer');
  const pieces = [];
  for await (const piece of process.stdin) pieces.push(piece);
  const input = Buffer.concat(pieces);
  const lineEnd = (from) => input.indexOf(10, from) + 1 || input.length;
  let start = lineEnd(0);
  const { endpoint, token } = JSON.parse(input.subarray(0, start).toString());
  const http = await import(endpoint.startsWith('https:') ? 'node:https' : 'node:http');
  const post = (body) => new Promise((resolve) => {
    const headers = { 'content-type': 'application/x-ndjson', 'content-length': String(body.length) };
    if (token !== null) headers.authorization = 'Bearer ' + token;
    const request = http.request(endpoint + '/v1/events', { method: 'POST', headers });
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
      response.on('close', () => resolve(false));
    });
    request.on('error', () => resolve(false));
    request.end(body);
  });
  while (start < input.length) {
    const end = lineEnd(Math.min(start + 1_000_000, input.length) - 1);
    if (!(await post(input.subarray(start, end)))) process.exit(1);
    start = end;
  }
  process.exit(0);
})();
`;
