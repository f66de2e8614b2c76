/** An agent as a process of its own: reads what to stream from its input, streams it, and prints what came. */
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { nowUs } from '../mock/clock.js';
import type { ScenarioRequest } from '../mock/scenario.js';

export interface ClientOrder {
  readonly atOnce: boolean;
  readonly streams: readonly StreamOrder[];
}

interface StreamOrder {
  readonly run: string;
  readonly url: string;
  readonly scenario: ScenarioRequest;
}

export interface StreamResult {
  readonly run: string;
  /** By which the mock knows the truth of this stream. */
  readonly mockId: string;
  readonly bytes: number;
  /** The response ended as HTTP, and with the format's terminal event. */
  readonly isWhole: boolean;
  /** When each event came here, in microseconds since the request went out. */
  readonly eventsUs: readonly number[];
}

const agent = new Agent({ keepAlive: true });
const order = (await json(process.stdin)) as ClientOrder;
const results: StreamResult[] = [];
if (order.atOnce) results.push(...(await Promise.all(order.streams.map(stream))));
else for (const one of order.streams) results.push(await stream(one));
agent.destroy();
process.stdout.write(JSON.stringify(results));

async function stream({ run, url, scenario }: StreamOrder): Promise<StreamResult> {
  const headers = {
    'content-type': 'application/json',
    'x-mock-scenario': JSON.stringify(scenario),
  };
  const sent = request(url, { method: 'POST', agent, headers });
  const eventsUs: number[] = [];
  const sentUs = nowUs();
  sent.end(JSON.stringify({ model: 'mock', stream: true, messages: [] }));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let bytes = 0;
  let last = '';
  try {
    for await (const read of response) {
      const offsetUs = nowUs() - sentUs;
      bytes += (read as Buffer).length;
      const events = (read as Buffer).toString('latin1').split('\n\n').length - 1;
      for (let event = 0; event < events; event++) eventsUs.push(offsetUs);
      last = (last + (read as Buffer).toString('latin1')).slice(-20);
    }
  } catch {
    last = '';
  }
  const mockId = String(response.headers['x-mock-id']);
  const isWhole = response.complete && last.endsWith('data: [DONE]\n\n');
  return { run, mockId, bytes, isWhole, eventsUs };
}
