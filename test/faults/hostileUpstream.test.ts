/** What comes from an upstream reaches the agent as it came, and the trace as far as it can be read. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { CaptureProcess } from '../clients/harness/captureProcess.js';
import { eventually } from '../clients/harness/eventually.js';
import { type RecordedCall, readCalls, recordedText } from '../clients/harness/recorded.js';
import { peakMegabytes } from './processMemory.js';
import {
  type Script,
  type ScriptedUpstream,
  askFor,
  chunk,
  finish,
  startUpstream,
  tokenTexts,
  write,
} from './scriptedUpstream.js';

const many = 10_000;
const longLineBytes = 100 * 1024 * 1024;
const piece = Buffer.alloc(1024 * 1024, 'x');

const scripts: Readonly<Record<string, Script>> = {
  'byte by byte': async (response) => {
    response.socket?.setNoDelay(true);
    for (const byte of Buffer.from(tokenTexts(8).map(chunk).join('') + finish)) {
      await write(response, Buffer.of(byte));
      await turn();
    }
    response.end();
  },
  'one write': (response) => {
    response.end(tokenTexts(many).map(chunk).join('') + finish);
  },
  'no UTF-8': (response) => {
    const broken = Buffer.from(chunk('a?b')).map((byte) => (byte === 0x3f ? 0xff : byte));
    response.end(
      Buffer.concat([Buffer.from(chunk('before ')), broken, Buffer.from(chunk(' after') + finish)]),
    );
  },
  'broken events': (response) => {
    const nonsense = [
      ...['data: {"choices":[{"delta":\n\n', 'data: 7\n\n', 'data\n\n', ':\n\n', '\n\n\n\n'],
      ...[
        'event: \u0000\ndata: null\n\n',
        'id: x\nretry: never\n\n',
        '{"choices":\n\n',
        'data: [\n\n',
      ],
    ];
    const events = nonsense.flatMap((wrong, index) => [chunk(`t${index} `), wrong]);
    response.end(events.join('') + finish);
  },
  'long line': async (response) => {
    await write(response, chunk('before ') + 'data: {"choices":[{"index":0,"delta":{"content":"');
    for (let sent = 0; sent < longLineBytes; sent += piece.length) await write(response, piece);
    await write(response, '"}}]}\n\n');
    response.end(chunk(' after') + finish);
  },
  silent: (response) => {
    response.write(tokenTexts(3).map(chunk).join(''));
  },
  endless: async (response, signal) => {
    for (let index = 0; !signal.aborted; index++) {
      await write(response, chunk(`t${index} `));
      if (index % 100 === 0) await turn();
    }
  },
};

describe('an upstream that does as it likes', function () {
  this.timeout(60_000);
  let upstream: ScriptedUpstream;
  let capture: CaptureProcess;

  before(async () => {
    upstream = await startUpstream(scripts);
    capture = await CaptureProcess.start({
      upstreams: { openai: upstream.url },
      environment: { LLM_STREAM_IDLE_TIMEOUT_SECONDS: '3' },
    });
  });
  after(async () => {
    await capture.dispose();
    await upstream.close();
  });

  const baseUrl = (model: string): string => capture.run(model)('openai');

  /** What the agent got is what the upstream says without a capture. */
  async function assertUnchanged(model: string): Promise<void> {
    const [through, direct] = await Promise.all(
      [baseUrl(model), upstream.url].map(async (url) => digestOf(await askFor(url, model))),
    );
    assert.equal(through, direct);
  }

  async function ended(model: string): Promise<RecordedCall> {
    const [call] = await eventually(
      () => readCalls(capture.db, model),
      ([first]) => first !== undefined && first.state !== 'streaming',
    );
    assert.ok(call);
    return call;
  }

  it('one byte at a time: every event is a token', async () => {
    await assertUnchanged('byte by byte');
    const call = await ended('byte by byte');
    assert.equal(call.state, 'completed');
    assert.deepEqual(
      call.tokens.map(({ text }) => text),
      tokenTexts(8),
    );
  });

  it('10 000 events in one write: each is there, and none was measured apart that came together', async () => {
    await assertUnchanged('one write');
    const { state, tokens } = await ended('one write');
    assert.equal(state, 'completed');
    assert.deepEqual(
      tokens.map(({ text }) => text),
      tokenTexts(many),
    );
    const readsByTime = new Set(
      tokens.map(({ readIndex, offsetUs }) => `${readIndex} ${offsetUs}`),
    );
    assert.equal(readsByTime.size, new Set(tokens.map(({ readIndex }) => readIndex)).size);
  });

  it('bytes that are no UTF-8: they are marked in the text, and the call says so', async () => {
    await assertUnchanged('no UTF-8');
    const call = await ended('no UTF-8');
    assert.equal(recordedText(call, 'text'), 'before a\uFFFDb after');
    assert.match(call.raw, /Some characters came as U\+FFFD/);
  });

  it('events that are none: those between them are read, and the call says so', async () => {
    await assertUnchanged('broken events');
    const call = await ended('broken events');
    assert.equal(call.state, 'completed');
    assert.equal(recordedText(call, 'text'), tokenTexts(9).join(''));
    assert.match(call.raw, /pieces of the response were no JSON objects/);
  });

  it('a line of 100 MB: it alone is missing, the call says so, and the capture does not hold it', async () => {
    const before = await peakMegabytes(capture.child.pid ?? 0);
    await assertUnchanged('long line');
    const call = await ended('long line');
    assert.equal(call.state, 'completed');
    assert.equal(recordedText(call, 'text'), 'before  after');
    assert.match(call.raw, /longer than 16 MB and was not read/);
    const after = await peakMegabytes(capture.child.pid ?? 0);
    if (before === null || after === null) return;
    assert.ok(after - before < 300, `${Math.round(before)} MB, then ${Math.round(after)} MB`);
  });

  it('silence in the middle: the agent learns of it, and the call has timed out', async () => {
    const response = await askFor(baseUrl('silent'), 'silent');
    await assert.rejects(response.text());
    const call = await ended('silent');
    assert.deepEqual([call.state, call.errorCode], ['failed', 'TIMEOUT']);
    assert.match(call.errorMessage ?? '', /was silent for 3 s\. .*raise the idle timeout/);
    assert.equal(recordedText(call, 'text'), tokenTexts(3).join(''));
  });

  it('no end: it is read live, and whoever leaves ends it', async () => {
    const leaving = new AbortController();
    const response = await askFor(baseUrl('endless'), 'endless', leaving.signal);
    const reader = response.body?.getReader();
    for (let bytes = 0; bytes < 2_000_000;) bytes += (await reader?.read())?.value?.length ?? NaN;
    leaving.abort();
    const call = await ended('endless');
    assert.deepEqual([call.state, call.errorCode], ['aborted', 'CLIENT_ABORT']);
    assert.ok(call.tokens.length > 2_000_000 / chunk('t0000000 ').length, `${call.tokens.length}`);
    assert.deepEqual(
      call.tokens.map(({ text }) => text),
      tokenTexts(call.tokens.length),
    );
  });
});

async function digestOf(response: Response): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of response.body ?? []) hash.update(bytes);
  return hash.digest('hex');
}
