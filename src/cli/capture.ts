/** The command `capture`: records until it is told to stop, or as long as the command runs that it was given. */
import { join, resolve } from 'node:path';
import { agentEnvironment } from '../capture/agentEnvironment.js';
import { Capture, type CaptureFiles } from '../capture/capture.js';
import type { CaptureSettings } from '../capture/captureSettings.js';
import { captureFileName } from '../capture/captureFileName.js';
import { settingsFromEnvironment, upstreamOf } from '../capture/environment.js';
import { toTraceError } from '../protocol/errors.js';
import { milliseconds } from '../model/units.js';
import { type RunningAgent, runAgent } from './agent.js';
import type { Signals } from './longWork.js';
import { ExitCode, type Terminal } from './terminal.js';
import { escapeControls } from './terminalText.js';
import { UsageError } from './usageError.js';
import { parseWords } from './words.js';

export interface CaptureProgram {
  readonly files: CaptureFiles;
  readonly version: string;
  /** Calls back with what nobody has caught, instead of ending the process. */
  readonly onUnexpected: (listener: (thrown: unknown) => void) => void;
}

/** SIGHUP: the terminal was closed. Windows knows the first and the last of them. */
const endingSignals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** How long a capture of an editor waits for its window to come back: a reload takes a few seconds. */
const detachGraceMs = milliseconds(30_000);

interface Request {
  readonly settings: CaptureSettings;
  readonly db: string;
  readonly untilDetached: boolean;
  /** Program and arguments; null to record until a signal comes. */
  readonly agent: readonly [string, ...string[]] | null;
}

export const captureCommand =
  (program: CaptureProgram, signals: Signals) =>
  async (words: readonly string[], terminal: Terminal): Promise<number> => {
    const request = requestOf(words, terminal.env);
    // Who reads what is said may be gone (`| head`): the streams go on.
    for (const output of [terminal.stdout, terminal.stderr]) output.on('error', () => undefined);
    const log = (line: string): void =>
      void terminal.stderr.write(`llm-stream: ${escapeControls(line)}\n`);
    const capture = await Capture.start({
      ...program,
      settings: request.settings,
      db: request.db,
      detachGraceMs: request.untilDetached ? graceOf(terminal.env) : null,
      log,
    });
    // Agents talk through this process: a mistake of ours in one exchange must not cut all the others.
    program.onUnexpected((thrown) => log(`Unexpected: ${toTraceError(thrown).detail ?? ''}`));
    terminal.stdout.write(`${JSON.stringify(capture.address)}\n`);
    return request.agent
      ? recordAgent(capture, request.agent, terminal, signals)
      : recordUntilStopped(capture, signals);
  };

async function recordUntilStopped(capture: Capture, signals: Signals): Promise<number> {
  const stop = (): void => capture.stop('now');
  for (const signal of endingSignals) signals.on(signal, stop);
  await capture.ended;
  for (const signal of endingSignals) signals.off(signal, stop);
  return ExitCode.done;
}

/** Ends with the exit code of the agent. */
async function recordAgent(
  capture: Capture,
  [program, ...parameters]: readonly [string, ...string[]],
  terminal: Terminal,
  signals: Signals,
): Promise<number> {
  try {
    const environment = { ...terminal.env, ...agentEnvironment(capture.address) };
    const agent = runAgent(program, parameters, environment);
    return await untilEnded(agent, signals);
  } finally {
    capture.stop('now');
    await capture.ended;
  }
}

async function untilEnded(agent: RunningAgent, signals: Signals): Promise<number> {
  const listeners = endingSignals.map((signal) => ({ signal, pass: () => agent.signal(signal) }));
  for (const { signal, pass } of listeners) signals.on(signal, pass);
  try {
    return await agent.exitCode;
  } finally {
    for (const { signal, pass } of listeners) signals.off(signal, pass);
  }
}

function requestOf(words: readonly string[], environment: Terminal['env']): Request {
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
  const [program, ...parameters] = end < 0 ? [] : words.slice(end + 1);
  if (end >= 0 && !program) throw new UsageError('What shall be run after "--"?');
  const { values, positionals } = parseWords('capture', own, {
    port: { type: 'string' },
    db: { type: 'string' },
    upstream: { type: 'string', multiple: true, default: [] },
    'until-detached': { type: 'boolean', default: false },
  });
  if (positionals.length > 0) {
    throw new UsageError(
      `What is "${String(positionals[0])}"? A command to run stands behind "--".`,
    );
  }
  const settings = settingsFromEnvironment({
    ...environment,
    ...(values.port === undefined ? {} : { LLM_STREAM_PORT: port(values.port) }),
  });
  return {
    settings: {
      ...settings,
      upstreams: { ...settings.upstreams, ...Object.fromEntries(values.upstream.map(upstream)) },
    },
    db: resolve(values.db ?? join(environment['LLM_STREAM_FOLDER'] || '.', captureFileName())),
    untilDetached: values['until-detached'],
    agent: program === undefined ? null : [program, ...parameters],
  };
}

function port(text: string): string {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return text;
  throw new UsageError(`--port takes a number from 0 to 65535: what is "${text}"?`);
}

function upstream(text: string): [string, string] {
  const [name = '', ...url] = text.split('=');
  try {
    return [name, upstreamOf(name, url.join('='), '--upstream')];
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** Only tests have less time than a person who reloads a window. */
function graceOf(environment: Terminal['env']) {
  const seconds = Number(environment['LLM_STREAM_DETACH_GRACE_SECONDS'] || NaN);
  return seconds >= 0 ? milliseconds(seconds * 1_000) : detachGraceMs;
}
