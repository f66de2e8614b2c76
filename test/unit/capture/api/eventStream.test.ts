import assert from 'node:assert/strict';
import { until } from '../log/sampleEvents.js';
import { FakeResponse, streamOver } from './fakeResponse.js';

describe('event stream', () => {
  it('says now and then that it is still there', async () => {
    const response = new FakeResponse();
    const { stream, open } = streamOver(response, { heartbeatMs: 5, stuckMs: 1_000 });
    await until(() => response.text.split(': still here\n\n').length > 2);
    stream.end();
    assert.equal(open.size, 0);
    assert.equal(stream.signal.aborted, true);
  });

  it('cuts off a client that takes nothing', async () => {
    const response = new FakeResponse();
    const { stream, open } = streamOver(response, { heartbeatMs: 1_000_000, stuckMs: 5 });
    response.writableNeedDrain = true;
    await stream.drained();
    assert.equal(response.destroyed, true);
    assert.equal(open.size, 0);
  });

  it('cuts off by its heartbeat a client to which nothing is sent', async () => {
    const response = new FakeResponse();
    streamOver(response, { heartbeatMs: 5, stuckMs: 5 });
    response.writableNeedDrain = true;
    await until(() => response.destroyed);
  });

  it('waits for a slow client', async () => {
    const response = new FakeResponse();
    const { stream } = streamOver(response, { heartbeatMs: 1_000_000, stuckMs: 1_000_000 });
    response.writableNeedDrain = true;
    const drained = stream.drained();
    response.writableNeedDrain = false;
    response.emit('drain');
    await drained;
    assert.equal(response.destroyed, false);
    stream.end();
  });
});
