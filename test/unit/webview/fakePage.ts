/** The page's state with a host behind it that answers when a test says so; without a page. */
import type { PageState, Reveal } from '../../../src/protocol/pageMessages.js';
import { TraceError } from '../../../src/protocol/errors.js';
import { type PageActions, createActions } from '../../../webview/state/actions.js';
import type { Host } from '../../../webview/state/host.js';
import { Loading } from '../../../webview/state/loading.js';
import type { PageStore } from '../../../webview/state/pageStore.js';
import { PageSession } from '../../../webview/state/session.js';
import { stallRule } from '../../page/syntheticTrace.js';
import { type TraceSource, readyState } from '../../page/traceSource.js';
import { ManualFrames, newStore } from './manualFrames.js';

/** Answers when the test says so. */
class FakeHost {
  readonly told: { method: string; params: unknown }[] = [];
  private readonly waiting: { method: string; answer: () => void }[] = [];

  constructor(
    private readonly answers: Readonly<Record<string, ((params: never) => unknown) | undefined>>,
  ) {}

  get asked(): string[] {
    return this.waiting.map(({ method }) => method);
  }

  get host(): Host {
    return {
      request: (method: string, params: unknown, options?: { signal?: AbortSignal }) =>
        new Promise<unknown>((resolve, reject) => {
          const cancel = (): void => reject(new TraceError('cancelled', 'Cancelled.'));
          options?.signal?.addEventListener('abort', cancel);
          const answer = (): void => {
            try {
              resolve(this.answers[method]?.(params as never));
            } catch (thrown) {
              reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
            }
          };
          this.waiting.push({ method, answer });
        }),
      notify: (method: string, params: unknown) => {
        this.told.push({ method, params });
      },
    } as Host;
  }

  /** Answers what waits, and what is asked because of it, until nothing is asked any more. */
  async answerAll(): Promise<void> {
    while (this.waiting.length > 0) {
      for (const { answer } of this.waiting.splice(0)) answer();
      await settled();
    }
  }

  /** Answers the newest request of a name only. */
  async answerLast(method: string): Promise<void> {
    const at = this.waiting.findLastIndex((one) => one.method === method);
    this.waiting.splice(at, 1)[0]?.answer();
    await settled();
  }
}

/** Lets promises run that are settled already. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Page {
  readonly store: PageStore;
  readonly host: FakeHost;
  readonly session: PageSession;
  readonly actions: PageActions;
  readonly frames: ManualFrames;
  readonly saved: () => unknown;
}

export function openPage(
  source: TraceSource,
  about: { state?: PageState; reveal?: Reveal; savedState?: unknown } = {},
): Page {
  const host = new FakeHost({
    ready: () => ({
      state: about.state ?? readyState(source),
      settings: { stallRule, pageSize: 100 },
      reveal: about.reveal ?? null,
    }),
    run: source.run,
    runChanges: source.runChanges,
    tokens: source.tokens,
    step: source.step,
    rates: source.rates,
    copy: () => null,
  });
  const frames = new ManualFrames();
  const store = newStore(frames);
  const loading = new Loading(store, host.host);
  let saved: unknown = about.savedState;
  const session = new PageSession(store, host.host, loading, {
    read: () => saved,
    save: (state) => (saved = JSON.parse(JSON.stringify(state)) as unknown),
  });
  void session.start();
  const actions = createActions(store, host.host, loading);
  return { store, host, session, actions, frames, saved: () => saved };
}

export async function loaded(
  source: TraceSource,
  about: Parameters<typeof openPage>[1] = {},
): Promise<Page> {
  const page = openPage(source, about);
  await settlePage(page);
  return page;
}

export async function settlePage({ host, frames }: Page): Promise<void> {
  await host.answerAll();
  frames.runAll();
}
