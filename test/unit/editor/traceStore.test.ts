import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type StoreDocument, TraceStore } from '../../../src/editor/traceStore.js';
import type { TraceError } from '../../../src/protocol/errors.js';
import { stepKey } from '../../../src/model/trace.js';

/** A process that answers every request with its own id, and dies when it is asked for step 0. */
const fakeStore = `
  process.on('message', ({ kind, id, method, params }) => {
    if (kind !== 'request') return;
    if (method === 'step' && params.step === 0) process.exit(7);
    process.send({ kind: 'notify', method: 'progress',
      params: { document: params.document, fraction: 0.5, what: method } });
    process.send({ kind: 'result', id, result: process.pid });
  });
  process.on('disconnect', () => process.exit());
`;

class RecordingDocument implements StoreDocument {
  readonly heard: string[] = [];
  ended: (error: TraceError) => void = () => undefined;
  progressed = (fraction: number, what: string): void =>
    void this.heard.push(`${what} ${fraction}`);
  changed = (): void => undefined;
  sourceLost = (): void => undefined;
  storeEnded = (error: TraceError): void => this.ended(error);
}

describe('the store process as documents see it', () => {
  let folder: string;
  let store: TraceStore;
  before(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'llm-stream-store-'));
    await fs.writeFile(path.join(folder, 'store.cjs'), fakeStore);
  });
  after(() => fs.rm(folder, { recursive: true }));
  beforeEach(() => {
    store = new TraceStore(path.join(folder, 'store.cjs'), 0);
  });
  afterEach(() => store.dispose());

  /** The id of the process that answers. */
  const ask = async (document: number, step = 1): Promise<unknown> =>
    store.ask('step', { document, step: stepKey(step) });

  it('hands each document what concerns it, and nothing after it was closed', async () => {
    const one = new RecordingDocument();
    const other = new RecordingDocument();
    const numberOfOne = store.newDocument(one);
    const numberOfOther = store.newDocument(other);
    await ask(numberOfOne);
    assert.deepEqual([one.heard, other.heard], [['step 0.5'], []]);
    store.closeDocument(numberOfOne);
    await ask(numberOfOther);
    assert.deepEqual([one.heard, other.heard], [['step 0.5'], ['step 0.5']]);
  });

  it('ends the process when the last document is closed, and starts one for the next', async () => {
    const number = store.newDocument(new RecordingDocument());
    const first = Number(await ask(number));
    store.closeDocument(number);
    await gone(first);
    const second = Number(await ask(store.newDocument(new RecordingDocument())));
    assert.notEqual(second, first);
  });

  it('keeps the process while a document is opened anew', async () => {
    const number = store.newDocument(new RecordingDocument());
    const first = await ask(number);
    store.closeDocument(number);
    const next = store.newDocument(new RecordingDocument());
    assert.equal(await ask(next), first);
  });

  it('tells the documents that the process died, once, and starts it again', async () => {
    const document = new RecordingDocument();
    const ended = new Promise<TraceError>((resolve) => (document.ended = resolve));
    const number = store.newDocument(document);
    const first = await ask(number);
    await assert.rejects(ask(number, 0), { code: 'closed' });
    assert.match((await ended).detail ?? '', /exit code 7/);
    assert.notEqual(await ask(store.newDocument(document)), first);
  });
});

/** Settles when there is no process of this id any more. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await setTimeout(5);
  }
}
