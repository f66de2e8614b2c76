/** What whoever runs the agent should know of the way to the capture, in one sentence each. */
import type { Answer } from './answer.js';
import type { Losses } from './queue.js';
import type { SendingSettings } from './settings.js';
import type { Warnings } from './warnings.js';

/** A capture that is started anew is away for less. */
const patienceMs = 5_000;

export class Reports {
  private awaySince: number | null = null;
  private reason = '';

  constructor(
    private readonly settings: SendingSettings,
    private readonly warnings: Warnings,
  ) {}

  failed(answer: Extract<Answer, { reason: string }>, nowMs: number): void {
    this.awaySince ??= nowMs;
    this.reason = answer.reason;
    if (answer.kind === 'insecure') {
      this.warnings.once(
        'insecure',
        `There is no secure connection to ${this.where} (${this.reason}): use http:// for a capture on this machine, or name the authority of its certificate in NODE_EXTRA_CA_CERTS.`,
      );
    } else if (answer.kind === 'stranger') {
      this.warnings.once(
        'stranger',
        `What answers at ${this.where} is not a capture (${this.reason}): set LLM_STREAM_ENDPOINT to the URL that the capture shows.`,
      );
    } else if (nowMs - this.awaySince >= patienceMs) {
      this.warnings.once(
        'away',
        `No capture answers at ${this.where} (${this.reason}): start it, or unset LLM_STREAM_ENDPOINT. Meanwhile ${this.kept}.`,
      );
    }
  }

  accepted({ rejected, message }: Extract<Answer, { kind: 'accepted' }>): void {
    this.awaySince = null;
    if (rejected === 0) return;
    this.warnings.once(
      'rejected',
      `The capture could not read ${count(rejected, 'event')} (${message}): use versions of llm-stream-sdk and LLM Stream Inspector that belong together.`,
    );
  }

  wrongToken(): void {
    this.warnings.once(
      'token',
      `The capture at ${this.where} does not know this token, and nothing more is sent to it: set LLM_STREAM_TOKEN to the token that the capture shows.`,
    );
  }

  refused(reason: string): void {
    this.warnings.once(
      'refused',
      `The capture at ${this.where} did not take some events (${reason}), and they are left out: use versions of llm-stream-sdk and LLM Stream Inspector that belong together.`,
    );
  }

  unsendable(error: unknown): void {
    this.warnings.once(
      'unsendable',
      `llm-stream-sdk could not send an event, and goes on without it (${String(error)}): please report it.`,
    );
  }

  /** When all that was not lost is with the capture, or the process ends. */
  lost({ streams, tokens, events }: Losses): void {
    this.warnings.say(
      `The capture at ${this.where} was away or too slow, so ${count(streams, 'stream')} with ${count(tokens, 'token')} and ${count(events, 'other event')} were left out: raise LLM_STREAM_BUFFER_MB, or set LLM_STREAM_WHEN_AWAY to spool.`,
    );
  }

  notDelivered(): void {
    const reason = this.reason || 'the time was over';
    this.warnings.say(
      `The process ended before everything was with the capture at ${this.where} (${reason}), and the rest is lost: see that the capture runs, raise LLM_STREAM_EXIT_TIMEOUT_SECONDS, or set LLM_STREAM_WHEN_AWAY to spool.`,
    );
  }

  leftInSpool(): void {
    this.warnings.say(
      `The process ended before everything was with the capture at ${this.where}: the rest is kept in ${this.settings.spoolFolder}, and sent by the next agent that spools there and reaches a capture.`,
    );
  }

  private get where(): string {
    return String(this.settings.endpoint);
  }

  private get kept(): string {
    const { whenAway, spoolFolder, bufferMegabytes } = this.settings;
    return whenAway === 'spool'
      ? `everything is kept in ${spoolFolder}`
      : `up to ${bufferMegabytes} MB are kept in memory`;
  }
}

const count = (number: number, what: string): string =>
  `${number} ${what}${number === 1 ? '' : 's'}`;
