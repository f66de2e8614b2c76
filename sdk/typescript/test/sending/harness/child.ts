/** An agent in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { repository } from '../../../../../scripts/dependencies.mjs';

const bundles = new Map<string, string>();

/** One file of JavaScript, which starts quickly, and in worker threads as well. */
function bundleOf(agent: string): string {
  const known = bundles.get(agent);
  if (known) return known;
  const outfile = join(repository, 'out', 'sdk-agents', `${agent}.mjs`);
  buildSync({
    entryPoints: [join(repository, 'sdk', 'typescript', 'test', 'sending', 'agents', agent)],
    ...{ outfile, bundle: true, format: 'esm', platform: 'node', target: 'node18' },
  });
  bundles.set(agent, outfile);
  return outfile;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
  readonly milliseconds: number;
}

export class Child {
  output = '';
  errors = '';
  private readonly startedAt = performance.now();
  readonly ended: Promise<Ended>;
  readonly process: ChildProcess;

  /** @param launcher what starts the runtime. */
  constructor(
    agent: string,
    words: readonly string[],
    environment: NodeJS.ProcessEnv = {},
    launcher: readonly string[] = [],
  ) {
    const [command = '', ...others] = [...launcher, process.execPath, bundleOf(agent), ...words];
    this.process = spawn(command, others, {
      ...{ cwd: repository, env: { ...process.env, ...environment } },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    this.ended = once(this.process, 'close').then(([code, signal]) => ({
      ...{ code: code as number | null, signal: signal as NodeJS.Signals | null },
      ...{ output: this.output, errors: this.errors },
      milliseconds: performance.now() - this.startedAt,
    }));
  }

  /** Resolves when it has written this. */
  async said(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      const isOver = await Promise.race([
        once(this.process.stdout ?? this.process, 'data').then(() => false),
        this.ended.then(() => true),
      ]);
      if (isOver && !this.output.includes(text)) {
        throw new Error(`The agent ended before it said "${text}": ${this.errors}`);
      }
    }
  }
}
