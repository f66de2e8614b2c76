/** The proxy runs where the answers are read: what comes of a run in one message keeps its streams waiting. */
import assert from 'node:assert/strict';
import { stepsInSlice } from '../../../../src/protocol/readRun.js';
import type { RunChanges, RunSlice } from '../../../../src/protocol/storeMessages.js';
import { StoreClient } from '../../../../src/store/process/client.js';
import { RunningApi, buildBundles, callEnd, callStart, runStart } from './runningApi.js';

interface Timeline {
  readonly events: { readonly id: string; readonly llm_call: { readonly status: string } }[];
}

describe('reading API, of a run with many calls', function () {
  this.timeout(30_000);
  const request: StoreClient['request'] = Reflect.get<StoreClient, 'request'>(
    StoreClient.prototype,
    'request',
  );
  let read: [method: string, steps: number | undefined][] = [];
  let api: RunningApi;

  before(async () => {
    api = await RunningApi.start(await buildBundles());
    StoreClient.prototype.request = async function (this: StoreClient, method, ...others) {
      const result = await request.call(this, method, ...others);
      if (method === 'run') read.push([method, (result as RunSlice).steps.length]);
      if (method === 'runChanges') {
        read.push([method, (result as RunChanges | null)?.changed.length]);
      }
      return result;
    };
  });
  after(async () => {
    StoreClient.prototype.request = request;
    await api.stop();
  });

  /** And what was read for it. */
  async function statusOf(run: string, call: string): Promise<[string | undefined, typeof read]> {
    read = [];
    const { body } = await api.ask<Timeline>(`/v1/runs/${run}/timeline?limit=1000`);
    return [body.events.find(({ id }) => id === call)?.llm_call.status, read];
  }

  it('reads slices of it, and later only what has changed', async () => {
    const calls = stepsInSlice + 44;
    const starts = Array.from({ length: calls }, (_, number) =>
      callStart(`call-${number}`, 'many'),
    );
    await api.send(runStart('many'), ...starts, runStart('other'), callStart('alone', 'other'));
    const slices = [
      ['run', stepsInSlice],
      ['run', 44],
    ];
    assert.deepEqual(await statusOf('many', 'call-299'), ['streaming', slices]);
    await api.send(callEnd('call-299'));
    assert.deepEqual(await statusOf('many', 'call-299'), ['completed', [['runChanges', 1]]]);
    assert.deepEqual(await statusOf('many', 'call-0'), ['streaming', [['runChanges', 0]]]);
    assert.deepEqual(await statusOf('other', 'alone'), ['streaming', [['run', 1]]]);
    assert.deepEqual(await statusOf('many', 'call-299'), ['completed', slices]);
  });
});
