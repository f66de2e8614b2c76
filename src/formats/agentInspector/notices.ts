/** Sentences about what could not be read, each once with a count, however often the rows are read. */

const sentences = {
  newerVersion: () =>
    'This database was written by a newer version of Agent Inspector than this extension knows: what it understands is shown, there may be more in the file.',
  runsMissing: (count: number) =>
    `${plural(count, 'run is', 'runs are')} missing in the file, but not their steps: shown as “not recorded”.`,
  invalidKey: () => 'The file has rows without a valid key: they are left out.',
  unreadable: (count: number) =>
    `The data of ${plural(count, 'step', 'steps')} could not be read: only name, time and state are shown. The step's Raw view says why.`,
  noLength: (count: number) =>
    `Only the end of ${plural(count, 'call', 'calls')} is recorded, not the length: shown as a moment.`,
  noRequestTime: (count: number) =>
    `The file does not say when the request of ${plural(count, 'call', 'calls')} was sent: times count from the first token.`,
  noTokenTimes: (count: number) =>
    `The tokens of ${plural(count, 'call have', 'calls have')} no times: only their order is known.`,
  repeatedTokens: (count: number) =>
    `${plural(count, 'call has', 'calls have')} tokens that were stored twice: each is shown once.`,
  missingTokens: (count: number) =>
    `Tokens of ${plural(count, 'call are', 'calls are')} missing in the file: figures that need every token are left out.`,
  beforeRun: (count: number) =>
    `${plural(count, 'step is', 'steps are')} stamped before the run began: drawn at its start.`,
} satisfies Record<string, (count: number) => string>;

export type NoticeKind = keyof typeof sentences;

export class Notices {
  private readonly found = new Map<NoticeKind, Set<number>>();

  /** `key` tells the run or step apart from others; adding it again changes nothing. */
  add(kind: NoticeKind, key: number): void {
    const keys = this.found.get(kind);
    if (keys === undefined) this.found.set(kind, new Set([key]));
    else keys.add(key);
  }

  list(): string[] {
    return [...this.found].map(([kind, keys]) => sentences[kind](keys.size));
  }
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
